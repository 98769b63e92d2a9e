using System.Text;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Reruns;

/// <summary>The skills of a run over the history, in memory: what stands at the leaf that the run has come to.</summary>
public sealed class SkillLibrary
{
    private readonly Dictionary<string, Skill> _skills = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _holders = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _variants = new(StringComparer.Ordinal);

    public IEnumerable<Skill> All => _skills.Values.OrderBy(s => s.Id, StringComparer.Ordinal);

    public Skill Find(string skillId) => _skills.GetValueOrDefault(skillId, Skill.None);

    public void Apply(string skillId, ILedgerEvent @event)
    {
        var before = Find(skillId);
        var after = Skill.Evolve(before, @event);
        _skills[skillId] = after;
        if (before.Lifecycle == Lifecycle.Active && after.Lifecycle != Lifecycle.Active && _holders.GetValueOrDefault(before.Name) == skillId) _holders.Remove(before.Name);
        if (after.Lifecycle == Lifecycle.Active) _holders.TryAdd(after.Name, skillId);
    }

    /// <summary>The living skill that has the name for itself; null when it is free.</summary>
    public string? HolderOf(string name) => _holders.GetValueOrDefault(name);

    /// <summary>Remembers what a package that was made in this run says.</summary>
    public void Keep(Package package) =>
        (_texts[package.Digest], _variants[package.Digest]) = (package.SkillText, package.TextOf(SkillWriter.VariantsFile));

    /// <summary>SKILL.md of a package that was made in this run; null of any other.</summary>
    public string? TextOf(string packageDigest) => _texts.GetValueOrDefault(packageDigest);

    /// <summary>The same of what only some runs need.</summary>
    public string? VariantsOf(string packageDigest) => _variants.GetValueOrDefault(packageDigest);

    /// <summary>SKILL.md of the current version: as it was made in this run, else as it is on record; empty where there is none.</summary>
    internal ValueTask<string> TextOfAsync(Skill skill, IRecordedInputs inputs, CancellationToken ct) => FileAsync(_texts, skill, Package.SkillFile, inputs, ct);

    /// <summary>The same of what only some runs need.</summary>
    internal ValueTask<string> VariantsOfAsync(Skill skill, IRecordedInputs inputs, CancellationToken ct) => FileAsync(_variants, skill, SkillWriter.VariantsFile, inputs, ct);

    /// <summary>The draft that a model worded the current version from; empty where it is its own draft.</summary>
    internal static ValueTask<string> DraftOfAsync(Family family, Skill skill, IRecordedInputs inputs, CancellationToken ct) =>
        TextAsync(skill.Current is { } current ? family.DraftOf(current.PackageDigest) : null, inputs, ct);

    private static async ValueTask<string> FileAsync(Dictionary<string, string> known, Skill skill, string path, IRecordedInputs inputs, CancellationToken ct) =>
        skill.Current is not { } current ? ""
        : known.TryGetValue(current.PackageDigest, out var text) ? text
        : known[current.PackageDigest] = await TextAsync(current.Package.Files.FirstOrDefault(f => f.Path == path)?.Sha256, inputs, ct);

    private static async ValueTask<string> TextAsync(string? digest, IRecordedInputs inputs, CancellationToken ct) =>
        digest is not null && await inputs.ContentAsync(digest, ct) is { } bytes ? Encoding.UTF8.GetString(bytes) : "";
}
