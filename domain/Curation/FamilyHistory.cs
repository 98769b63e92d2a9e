using Pipeline.Domain.Curation.Composing;
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
        var number = 0;
        var admitted = new HashSet<string>(StringComparer.Ordinal);
        var skillSince = history.Select(e => e.Event).OfType<FamilyEvent.CurationDecided>().FirstOrDefault(d => d.Result is not null)?.ThroughEvidence ?? int.MaxValue;
        foreach (var evidence in EvidenceEvents(history))
        {
            // A verdict that changed or evidence that went may be about what a skill says now: it is looked at at once.
            var corrects = evidence.Event is not FamilyEvent.EvidenceAdmitted { EvidenceId: var id } || !admitted.Add(id);
            if (++number <= lookedThrough) continue;
            // While there is no skill, each success may be the one that was missing.
            var mayBegin = number <= skillSince && evidence.Event is FamilyEvent.EvidenceAdmitted { Outcome.IsVerifiedSuccess: true };
            if (timeline.At(evidence.Leaf!.Value) is { } active && (corrects || mayBegin || DecisionPoints.Includes(number, active.Policy)))
                return new(number, evidence, active);
        }
        return null;
    }

    /// <summary>The family as its evidence stood at a decision point, with what was decided at the points before.</summary>
    /// <param name="point">The point's <see cref="DecisionPoint.Number"/>.</param>
    public static Family AsOf(IReadOnlyList<RecordedEvent> history, int point)
    {
        var seen = 0;
        return Family.Fold(history.Select(e => e.Event).Where(e => e switch
        {
            FamilyEvent.EvidenceAdmitted or FamilyEvent.EvidenceWithdrawn => ++seen <= point,
            FamilyEvent.CurationDecided decided => decided.ThroughEvidence < point,
            FamilyEvent.ModelConsulted consulted => consulted.ThroughEvidence <= point,
            _ => true,
        }));
    }

    /// <summary>What a language model was asked for the decision at a point: with what it answered, an input of that decision; null where none was.</summary>
    public static FamilyEvent.ModelConsulted? ConsultationBehind(IReadOnlyList<RecordedEvent> history, int point) =>
        history.Select(e => e.Event).OfType<FamilyEvent.CurationDecided>().LastOrDefault(d => d.ThroughEvidence == point)?.Composition is { } composition
            ? history.Select(e => e.Event).OfType<FamilyEvent.ModelConsulted>().LastOrDefault(c => c.RequestDigest == composition.RequestDigest && c.ThroughEvidence <= point)
            : null;

    /// <summary>Admissions and withdrawals: what decision points are counted in.</summary>
    public static IEnumerable<RecordedEvent> EvidenceEvents(IReadOnlyList<RecordedEvent> history) =>
        history.Where(e => e.Event is FamilyEvent.EvidenceAdmitted or FamilyEvent.EvidenceWithdrawn);

    /// <summary>What a family's first skill is to be called.</summary>
    public static string NameOf(Family family) => SkillNames.Of(family);

    /// <summary>What it is called where somebody else has that name: a name of its own, always the same.</summary>
    public static string DistinctNameOf(Family family)
    {
        var suffix = $"-{Digest.Short(family.Id, 6)}";
        return SkillNames.Of(family, 64 - suffix.Length) + suffix;
    }
}

/// <summary>A place in a family's stream at which curation decides.</summary>
/// <param name="Number">How many evidence events there are up to it.</param>
/// <param name="Evidence">The last of them, sealed; its leaf and time are the decision's.</param>
/// <param name="Active">The policy that was active at that leaf.</param>
public sealed record DecisionPoint(int Number, RecordedEvent Evidence, ActivePolicy Active);
