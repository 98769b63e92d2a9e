using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Siblings;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Curation;

/// <summary>At which points of a family's sealed stream curation decides, and what it sees there. The stream alone says so, never how
/// messages happened to arrive: a curation that runs at once, one that runs late and a replay come to the same points.</summary>
public static class FamilyHistory
{
    /// <param name="history">The family's sealed events, in order.</param>
    /// <param name="lookedThrough">How many evidence events were looked at already.</param>
    /// <returns>The first decision point after those; null when there is none yet.</returns>
    public static DecisionPoint? NextPoint(PolicyTimeline timeline, IReadOnlyList<RecordedEvent> history, int lookedThrough)
    {
        var clock = new DecisionClock(history);
        foreach (var evidence in EvidenceEvents(history))
        {
            var active = timeline.At(evidence.Leaf!.Value);
            if (clock.Tick(evidence, active?.Policy) && clock.Number > lookedThrough && active is not null) return new(clock.Number, evidence, active, clock.Corrects);
        }
        return null;
    }

    /// <summary>The family as its evidence stood at a decision point, with what was decided at the points before.</summary>
    /// <param name="point">The point's <see cref="DecisionPoint.Number"/>.</param>
    public static Family AsOf(IReadOnlyList<RecordedEvent> history, int point)
    {
        var seen = 0;
        var leaf = EvidenceEvents(history).ElementAtOrDefault(point - 1)?.Leaf ?? long.MaxValue;
        return Family.Fold(history.Where(e => e.Event switch
        {
            FamilyEvent.EvidenceAdmitted or FamilyEvent.EvidenceWithdrawn => ++seen <= point,
            FamilyEvent.CurationDecided decided => Precedes(decided, point, leaf),
            FamilyEvent.ModelConsulted consulted => consulted.ThroughEvidence <= point,
            FamilyEvent.VariantAccepted => e.Leaf < leaf,
            _ => true,
        }).Select(Dated));
    }

    /// <summary>The family as it stood at a leaf of the ledger, as a sweep sees it.</summary>
    public static Family AsOfLeaf(IReadOnlyList<RecordedEvent> history, long leaf) => Family.Fold(history.Where(e => e.Leaf <= leaf).Select(Dated));

    /// <summary>The family with its evidence as far as a judgement takes it in, and all else as it is.</summary>
    /// <param name="through">Evidence events.</param>
    public static Family ThroughEvidence(IReadOnlyList<RecordedEvent> history, int through)
    {
        var seen = 0;
        return Family.Fold(history.Where(e => e.Event is not (FamilyEvent.EvidenceAdmitted or FamilyEvent.EvidenceWithdrawn) || ++seen <= through).Select(Dated));
    }

    // A decision at a point is of that point; one of a sweep is of the leaf that the sweep saw.
    internal static bool Precedes(FamilyEvent.CurationDecided decided, int point, long leaf) =>
        decided.Sweep is { } sweep ? sweep.Leaf < leaf : decided.ThroughEvidence < point;

    // Evidence ages from when it was; where the emitter did not say, from when it was recorded. A clock that runs ahead, or a time made up so
    // that all else looks old beside it, gets it no further than that.
    private static ILedgerEvent Dated(RecordedEvent recorded) =>
        recorded.Event is FamilyEvent.EvidenceAdmitted evidence && !(evidence.At <= recorded.Context.RecordedAt)
            ? evidence with { At = recorded.Context.RecordedAt }
            : recorded.Event;

    /// <summary>Admissions and withdrawals: what decision points are counted in.</summary>
    public static IEnumerable<RecordedEvent> EvidenceEvents(IReadOnlyList<RecordedEvent> history) =>
        history.Where(e => e.Event is FamilyEvent.EvidenceAdmitted or FamilyEvent.EvidenceWithdrawn);

    /// <summary>What a family's next skill is to be called; the first is called after what it does, and a sibling after what it is one of.</summary>
    /// <param name="episodes">What the skill is to be learned from.</param>
    /// <param name="main">Of a sibling's view: the main skill's name.</param>
    public static string NameOf(Family family, IReadOnlyList<MinedEpisode> episodes, CurationPolicy policy, string? main = null) => Numbered(family, episodes, policy, main, "");

    /// <summary>What it is called where somebody else has that name: a name of its own, always the same.</summary>
    public static string DistinctNameOf(Family family, IReadOnlyList<MinedEpisode> episodes, CurationPolicy policy, string? main = null) =>
        Numbered(family, episodes, policy, main, $"-{Digest.Short(family.Id + family.ForModel, 6)}");

    private static string Numbered(Family family, IReadOnlyList<MinedEpisode> episodes, CurationPolicy policy, string? main, string suffix)
    {
        var made = Rules.Expansion.Made(family);
        if (made > 0) suffix += FormattableString.Invariant($"-{made + 1}");
        if (main is not null && family.ForModel is { } model) return SiblingText.NameOf(main, model, suffix);
        // A family that has its skill needs no name, and to find one takes a while.
        return (family.Skill is null || made > 0 ? SkillNames.Of(family, episodes, policy, 64 - suffix.Length) : SkillNames.Of(family, 64 - suffix.Length)) + suffix;
    }
}

/// <summary>A place in a family's stream at which curation decides.</summary>
/// <param name="Number">How many evidence events there are up to it.</param>
/// <param name="Evidence">The last of them, sealed; its leaf and time are the decision's.</param>
/// <param name="Active">The policy that was active at that leaf.</param>
/// <param name="Corrects">That evidence changed or took away what was admitted before.</param>
public sealed record DecisionPoint(int Number, RecordedEvent Evidence, ActivePolicy Active, bool Corrects);
