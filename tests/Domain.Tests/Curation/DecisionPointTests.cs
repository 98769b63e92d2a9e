using Pipeline.Domain.Curation;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using static Pipeline.Domain.Tests.Curation.Library;

namespace Pipeline.Domain.Tests.Curation;

/// <summary>At which points of a family's stream curation decides.</summary>
public sealed class DecisionPointTests
{
    private static readonly PolicyTimeline s_default = PolicyTimeline.Always(new(new("default", 1, "sha256:p"), AFamily.Default));

    [Fact]
    public void Points_come_ever_more_seldom_as_evidence_grows() =>
        Points(s_default, Recorded([.. Renewals(20).Select(e => e.Evidence with { Outcome = new(false, 0, Domain.Trajectories.VerifiedBy.Verifier) })])).ShouldBe([3, 4, 6, 9, 13, 19]);

    [Fact]
    public void While_there_is_no_skill_each_verified_success_is_a_point() => Points(s_default, Recorded([.. Renewals(5).Select(e => e.Evidence)])).ShouldBe([1, 2, 3, 4, 5]);

    [Fact]
    public void A_correction_is_a_point_at_once()
    {
        var admitted = Renewals(7).Select(e => e.Evidence with { Outcome = new(false, 0, Domain.Trajectories.VerifiedBy.Verifier) }).ToList();
        Points(s_default, Recorded([.. admitted, admitted[2], new FamilyEvent.EvidenceWithdrawn(admitted[0].EvidenceId, "erased")])).ShouldBe([3, 4, 6, 8, 9]);
    }

    [Fact]
    public void Nothing_is_decided_before_a_policy_was_active()
    {
        var since = new PolicyTimeline([(2, s_default.At(0)!)]);
        Points(since, Recorded([.. Renewals(5).Select(e => e.Evidence)])).ShouldBe([4, 5]);
    }

    [Fact]
    public void At_a_point_later_evidence_and_later_decisions_are_not_seen()
    {
        var decided = new AFamily(Renew).Learn(Renewals(4)).Family.Decisions;
        var history = Recorded([new FamilyEvent.FamilyOpened("library.renew", "library", Renew), .. Renewals(6).Select(e => e.Evidence), .. decided]);

        var family = FamilyHistory.AsOf(history, 4);
        family.Evidence.Count().ShouldBe(4);
        family.Decisions.Select(d => d.ThroughEvidence).ShouldBe([3]);
        (family.Id, family.EvidenceEvents).ShouldBe(("library.renew", 4));
    }

    internal static IReadOnlyList<RecordedEvent> Recorded(IReadOnlyList<ILedgerEvent> events) => [.. events.Select((e, i) => new RecordedEvent
    {
        Id = Guid.Empty,
        StreamId = "family-library.renew",
        Version = i + 1,
        SequenceNumber = i,
        Leaf = i,
        Alias = EventCatalogue.Default.AliasOf(e),
        Event = e,
        Context = new() { Actor = new(ActorKind.System, "test"), CausationId = "c", CorrelationId = "c", DecidedBy = "test", RecordedAt = AFamily.Noon.AddMinutes(i) },
    })];

    private static List<int> Points(PolicyTimeline timeline, IReadOnlyList<RecordedEvent> history)
    {
        var points = new List<int>();
        while (FamilyHistory.NextPoint(timeline, history, points.LastOrDefault()) is { } next) points.Add(next.Number);
        return points;
    }
}
