using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation;

namespace Pipeline.Functions.RunValidation;

/// <summary>Judges versions by rules of its own. It may break down or hang: that is contained where it is called.</summary>
public interface IValidator
{
    /// <summary>Its version and the digest of its rules, with which every verdict is kept. The same for as long as the program runs.</summary>
    Validator Identity { get; }

    /// <summary>Whether it judges by runs: then it is asked again when there are more of them, or others.</summary>
    bool JudgesByEvidence => false;

    /// <summary>How long its jobs may take in all; null: as long as any.</summary>
    TimeSpan? Patience => null;

    Task<ValidationVerdict> JudgeAsync(ValidationCase @case, CancellationToken ct);
}

/// <summary>What is to be judged.</summary>
/// <param name="Skill">As its stream stood when the job was taken.</param>
/// <param name="Stream">The events behind that.</param>
/// <param name="Package">The version's, byte for byte by its digest.</param>
public sealed record ValidationCase(string Tenant, Skill Skill, IReadOnlyList<RecordedEvent> Stream, SkillVersion Version, Package Package)
{
    /// <summary>By which it is to be judged; none where evidence has no part in it.</summary>
    public IReadOnlyList<EvidenceCut> Evidence { get; init; } = [];
}

/// <summary>The validators that this program has.</summary>
public sealed class ValidatorRegistry
{
    private readonly Dictionary<string, IValidator> _byName;

    /// <exception cref="ArgumentException">Two have one name.</exception>
    public ValidatorRegistry(IEnumerable<IValidator> validators)
    {
        _byName = validators.ToDictionary(v => v.Identity.Name, StringComparer.Ordinal);
        Identities = [.. _byName.Values.Select(v => v.Identity).OrderBy(v => v.Name, StringComparer.Ordinal)];
    }

    /// <summary>In ordinal order of their names.</summary>
    public IReadOnlyList<Validator> Identities { get; }

    /// <summary>Those that judge by themselves, without asking anybody outside.</summary>
    public IEnumerable<Validator> Local => Identities.Where(v => _byName[v.Name] is not IAskingValidator);

    /// <summary>Those that give what they judge to somebody outside.</summary>
    public IReadOnlyList<string> Asking => [.. Identities.Where(v => _byName[v.Name] is IAskingValidator).Select(v => v.Name)];

    /// <summary>As a job has it, of the evidence there is for a skill.</summary>
    public string EvidenceFor(Validator validator, string evidence) => _byName[validator.Name].JudgesByEvidence ? evidence : "";

    /// <summary>Null where this program judges otherwise by now, or does not know it.</summary>
    public IValidator? Find(Validator identity) => _byName.GetValueOrDefault(identity.Name) is { } found && found.Identity == identity ? found : null;
}
