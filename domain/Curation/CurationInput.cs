using System.Collections.Frozen;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.LanguageModel;
using Pipeline.Domain.Curation.Rules;
using Pipeline.Domain.Curation.Siblings;
using Pipeline.Domain.Curation.Usage;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation;

/// <summary>All that a decision about a family may look at. Everything in it was sealed up to <see cref="Leaf"/>.</summary>
public sealed record CurationInput
{
    /// <summary>The family as of the decision point.</summary>
    public required Family Family { get; init; }
    public required long Leaf { get; init; }
    public required DateTimeOffset At { get; init; }
    public required PolicyReference PolicyReference { get; init; }
    public required CurationPolicy Policy { get; init; }

    /// <summary>The episodes behind the selected evidence (<see cref="EvidenceSelection"/>) that could be read, in order of admission.</summary>
    public required IReadOnlyList<MinedEpisode> Episodes { get; init; }

    /// <summary>What is decided because a verdict changed or evidence went, and not because there is more of it.</summary>
    public bool Corrects { get; init; }

    /// <summary>What a first version is to be called: name and id.</summary>
    public required string Name { get; init; }

    /// <summary>The family's skill as it stands; <see cref="Skill.None"/> while it has none.</summary>
    public required Skill Skill { get; init; }

    /// <summary>SKILL.md of the skill's current version; empty while it has none.</summary>
    public required string CurrentText { get; init; }

    /// <summary>What only some runs need, as the current version has it in <see cref="SkillWriter.VariantsFile"/>; empty where it has none.</summary>
    public string CurrentVariants { get; init; } = "";

    /// <summary>The draft that the current version was worded from by a model; empty where it is its own draft.</summary>
    public string CurrentDraft { get; init; } = "";

    /// <summary>What a language model said of the draft that this input gives; null where none was asked.</summary>
    public ModelAnswer? Answer { get; init; }

    /// <summary>Of a sibling: the skill that it is one of. Null where the family's own skill is decided about.</summary>
    public MainSkill? Main { get; init; }

    /// <summary>The families whose skills were merged into this one or that this one was merged into, as of the leaf; what the merged skill
    /// is about stands first. Empty while the skill is the family's own.</summary>
    public IReadOnlyList<Family> Merged { get; init; } = [];

    /// <summary>The episodes as the skill is learned from them.</summary>
    internal IReadOnlyList<MinedEpisode> Usable => Merged.Count > 0 ? MergedFamilies.As(Merged, Trusted) : Trusted;

    /// <summary>The episodes but those successes that did what is discredited.</summary>
    internal IReadOnlyList<MinedEpisode> Trusted =>
        Discredited is { Count: > 0 } bad ? [.. Episodes.Where(e => !e.Succeeded || !e.Episode.Calls.Any(c => bad.Contains(c.Tool)))] : Episodes;

    /// <summary>Calls that a version talked its users into and that made them fail (<see cref="Discredit"/>); empty where the policy does not
    /// ask for that, or has neither retired the skill for what came of it nor gone back from a version.</summary>
    internal IReadOnlySet<string> Discredited =>
        (Policy.Rules.Reinstate == Renewal.Name && Renewal.RetiredDigests(Family, Skill).Count > 0) || (Policy.Rules.Rollback == LineageRollback.Name && LineageRollback.HasTurned(Family, Skill))
            ? Discredit.Of(Account, Policy)
            : FrozenSet<string>.Empty;

    internal UtilityAccount Account => UtilityAccount.Of(Family, Merged.Where(m => m.Id != Family.Id).SelectMany(m => m.Evidence), Skill, Policy);

    /// <returns>Null where the episodes show nothing that is worth a skill.</returns>
    internal (SkillDocument Document, VersionContent Content, Package Package)? Compose(string name, IReadOnlyList<MinedEpisode> episodes, string rationale) =>
        Mine(name, episodes, rationale) is not { } mined ? null : Main is { } main ? SiblingText.Mark(mined, main.Skill.Name, Family.ForModel!) : mined;

    private (SkillDocument Document, VersionContent Content, Package Package)? Mine(string name, IReadOnlyList<MinedEpisode> episodes, string rationale) =>
        Merged.Count > 0 ? MergedFamilies.Compose(Merged, name, episodes, Policy, rationale) : KindMiner.Compose(Family, name, episodes, Policy, rationale);

    /// <summary>The same without the evidence of these models.</summary>
    internal CurationInput WithoutModels(IReadOnlySet<string> models) => this with { Family = Family.WithoutModels(models), Merged = [.. Merged.Select(m => m.WithoutModels(models))] };

    /// <summary>How much evidence was selected, whether its episodes could be read or not.</summary>
    internal int Selected => Merged.Where(m => m.Id != Family.Id).Prepend(Family).Sum(f => EvidenceSelection.Select(f.Evidence, Policy).Count);
}
