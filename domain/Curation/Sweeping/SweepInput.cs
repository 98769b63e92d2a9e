using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Sweeping;

/// <summary>All that a sweep over the library may look at: the families whose own decisions are made as far as the leaf goes.</summary>
public sealed record SweepInput
{
    /// <summary>Everything was sealed up to it.</summary>
    public required long Leaf { get; init; }

    /// <summary>The time that the sweep takes as now.</summary>
    public required DateTimeOffset At { get; init; }
    public required PolicyReference PolicyReference { get; init; }
    public required CurationPolicy Policy { get; init; }
    public required IReadOnlyList<SweptFamily> Families { get; init; }

    /// <summary>Families that are not among them because their own decisions are not made; null where it is not known.</summary>
    public IReadOnlyList<string>? LeftOut { get; init; }

    /// <summary>Episodes behind the selected evidence, by family: of those that <see cref="LibrarySweep.NeedsEpisodesOf"/> names.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<MinedEpisode>> Episodes { get; init; } =
        new Dictionary<string, IReadOnlyList<MinedEpisode>>(StringComparer.Ordinal);
}

/// <param name="Family">As it stood at the leaf and as its own skill is learned from it: without the runs of models with a living sibling.</param>
/// <param name="Sightings">Its evidence as it was first admitted, in order.</param>
/// <param name="Skill">Its skill; <see cref="Skills.Skill.None"/> while it has none.</param>
/// <param name="Text">SKILL.md of the skill's current version.</param>
public sealed record SweptFamily(Family Family, IReadOnlyList<Sighting> Sightings, Skill Skill, string Text)
{
    /// <summary>What its current version says in <see cref="SkillWriter.VariantsFile"/>; empty where it has no such file.</summary>
    public string Variants { get; init; } = "";

    /// <summary>The family with the runs of all models.</summary>
    public Family Whole { get; init; } = Family;

    public string Id => Family.Id;

    internal bool IsLive => Skill.Lifecycle == Lifecycle.Active;
}

/// <summary>What a sweep concluded about one skill, or about two that become one.</summary>
/// <param name="Decisions">For the streams of the families that it is about.</param>
/// <param name="Commands">By skill; a merge has none.</param>
/// <param name="Merge">Null but for a merge.</param>
public sealed record SweepConclusion(
    IReadOnlyList<(string FamilyId, FamilyEvent.CurationDecided Decision)> Decisions,
    IReadOnlyList<(string SkillId, SkillCommand Command)> Commands, SweptMerge? Merge = null)
{
    /// <summary>The conclusion to keep, because what was wanted was refused.</summary>
    public SweepConclusion Instead(Ledger.Decision.Refused refusal) => new(
        [(Decisions[0].FamilyId, Decisions[0].Decision with { Operation = CurationOperation.Keep, ReasonCode = refusal.Code, Reason = refusal.Message, Result = null })], []);

    /// <summary>The skills that were looked at; each once.</summary>
    public IEnumerable<string> SkillIds => Decisions.SelectMany(d => d.Decision.Candidates).Select(c => c.SkillId).Distinct(StringComparer.Ordinal);

    /// <summary>Whether all the skills that were looked at are still as they were seen.</summary>
    public bool IsAsSeen(Func<string, Skill> find) => Decisions.SelectMany(d => d.Decision.Candidates).All(c => SweepDecisions.CandidateOf(find(c.SkillId)) == c);
}

public sealed record SweptMerge(string SurvivorId, IReadOnlyList<string> AbsorbedIds, VersionContent Content, Package Package);
