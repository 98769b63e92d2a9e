using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Usage;

/// <summary>What a skill's versions did for the runs that loaded them, by version and by model. A pure function of the evidence that stands:
/// a verdict that was corrected counts as corrected, and what an agent says of its own success counts nothing.</summary>
public sealed class UtilityAccount
{
    private readonly CurationPolicy _policy;
    private readonly List<(Exposure? Exposure, Trial Trial)> _runs;
    private readonly List<Trial> _controls;

    private UtilityAccount(CurationPolicy policy, List<(Exposure? Exposure, Trial Trial)> runs, List<Trial> controls) =>
        (_policy, _runs, _controls) = (policy, runs, controls);

    /// <param name="family">Whose evidence it is.</param>
    /// <param name="merged">Evidence of the families whose skills this one took up.</param>
    public static UtilityAccount Of(Family family, IEnumerable<FamilyEvent.EvidenceAdmitted> merged, Skill skill, CurationPolicy policy)
    {
        // Skills that the family had and has no more are no control: such runs had help of their own.
        var kin = family.SkillIds.Append(skill.Id).Append(skill.Name).ToHashSet(StringComparer.Ordinal);
        var runs = family.ByPlace.Select(e => (Evidence: e.Value, Place: e.Key)).Concat(merged.Select(e => (Evidence: e, Place: 0)))
            .Select(e => (Exposure: Attribution.Of(e.Evidence, skill), Trial: Trial.Of(e.Evidence, e.Place), HadKin: e.Evidence.Loaded.Any(l => kin.Contains(l.Name))))
            .Where(r => r.Trial is not null).ToList();
        return new(
            policy,
            [.. runs.Where(r => r.Exposure is not null).Select(r => (r.Exposure, r.Trial!))],
            [.. runs.Where(r => r.Exposure is null && !r.HadKin).Select(r => r.Trial!)]);
    }

    /// <summary>Runs without any skill of the family, in order.</summary>
    public IReadOnlyList<Trial> Controls => _controls;

    /// <summary>Models of the runs that had loaded the skill; unnamed ones are left out.</summary>
    public IReadOnlyList<string> Models => [.. _runs.Select(r => r.Trial.Model).Where(m => m.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>Versions that were loaded; null for those of which it is not known which they were.</summary>
    public IReadOnlyList<int?> Versions => [.. _runs.Select(r => r.Exposure!.Version).Distinct().Order()];

    /// <summary>Runs that had loaded a version, in order.</summary>
    public IReadOnlyList<Trial> With(int? version) => [.. _runs.Where(r => r.Exposure!.Version == version).Select(r => r.Trial)];

    /// <param name="version">Null: the runs of which it is not known which version they had.</param>
    /// <param name="model">Null: all.</param>
    /// <param name="sincePlace">Only runs whose evidence was admitted after so many evidence events.</param>
    public Comparison Compare(int? version, string? model = null, int sincePlace = 0)
    {
        bool IsOf(Trial t) => model is null || t.Model == model;
        return Comparison.Of([.. With(version).Where(t => IsOf(t) && t.Place >= sincePlace)], [.. _controls.Where(IsOf)], _policy);
    }

    /// <summary>The models that a version helps and those that it harms, when it does both.</summary>
    public ModelSplit Split(int version) => ModelSplit.Of([.. Models.Select(m => (m, Compare(version, m)))], _policy);
}
