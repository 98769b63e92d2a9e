using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Curation.Sweeping;

/// <summary>That an episode of a family was heard of.</summary>
/// <param name="Leaf">At which it was first admitted.</param>
/// <param name="Verified">Whether its verdict, as it stands, is a verifier's; not of what was withdrawn.</param>
public sealed record Sighting(long Leaf, string Source, string Task, bool Verified)
{
    /// <param name="history">The family's stream up to the leaf that the sweep sees.</param>
    /// <param name="family">As it stands there.</param>
    /// <returns>In the order of the stream.</returns>
    public static IReadOnlyList<Sighting> Of(IEnumerable<RecordedEvent> history, Family family)
    {
        var admitted = new HashSet<string>(StringComparer.Ordinal);
        return [.. history.Where(e => e.Event is FamilyEvent.EvidenceAdmitted a && admitted.Add(a.EvidenceId)).Select(e => Of(e.Leaf!.Value, (FamilyEvent.EvidenceAdmitted)e.Event, family))];
    }

    private static Sighting Of(long leaf, FamilyEvent.EvidenceAdmitted first, Family family)
    {
        var standing = family.Find(first.EvidenceId);
        return new(leaf, first.Source, MinedEpisode.TaskOf(standing ?? first), standing?.Outcome is { IsVerifiedSuccess: true } or { IsVerifiedFailure: true });
    }
}
