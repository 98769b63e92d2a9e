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
    public void While_there_is_no_skill_each_verified_success_is_a_point_until_there_are_enough()
    {
        Points(s_default, Recorded([.. Renewals(20).Select(e => e.Evidence)])).ShouldBe([1, 2, 3, 4, 6, 9, 13, 19]);
        Points(s_default, Recorded([.. Renewals(20).Select(e => e.Evidence with { Task = "one" })])).ShouldBe([.. Enumerable.Range(1, 20)]);
        // The growth of successes counts too: what came before them was no reason to look.
        var failed = Renewals(100, from: 100).Select(e => e.Evidence with { Outcome = new(false, 0, Domain.Trajectories.VerifiedBy.Verifier) });
        Points(s_default, Recorded([.. failed, .. Renewals(8).Select(e => e.Evidence)])).SkipWhile(p => p <= 100).ShouldBe([101, 102, 103, 104, 106]);
    }

    [Fact]
    public void After_a_correction_the_next_success_is_a_point_again()
    {
        var admitted = Renewals(8).Select(e => e.Evidence).ToList();
        Points(s_default, Recorded([.. admitted.Take(6), new FamilyEvent.EvidenceWithdrawn(admitted[0].EvidenceId, "erased"), .. admitted.Skip(6)])).ShouldBe([1, 2, 3, 4, 6, 7, 8, 9]);
    }

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
        Points(since, Recorded([.. Renewals(5).Select(e => e.Evidence)])).ShouldBe([4]);
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

    [Fact]
    public void Evidence_is_never_newer_than_its_record()
    {
        var admitted = Renewals(3).Select(e => e.Evidence).ToList();
        var history = Recorded([admitted[0] with { At = DateTimeOffset.MaxValue }, admitted[1] with { At = DateTimeOffset.UnixEpoch }, admitted[2] with { At = null }]);

        FamilyHistory.AsOf(history, 3).Evidence.Select(e => e.At).ShouldBe([history[0].Context.RecordedAt, DateTimeOffset.UnixEpoch, history[2].Context.RecordedAt]);
    }

    [Fact]
    public void Every_so_many_runs_that_had_loaded_the_skill_are_a_point()
    {
        var made = new AFamily(Renew).Learn(Renewals(4)).Family.Decisions[0];
        var audited = PolicyTimeline.Always(new(new("default", 1, "sha256:p"), AFamily.Default with { AuditEvery = 5 }));
        var exposed = Use.Of(made.Result!.SkillId).Evidence(12, 3);
        var said = (Use.Of(made.Result.SkillId) with { VerifiedBy = Domain.Trajectories.VerifiedBy.Self }).Evidence(12, 3, from: 3000);

        // 3, 4, 6, 9 ... by growth; the fifth and the tenth exposure are evidence 8 and 13.
        Points(audited, Recorded([.. Renewals(3).Select(e => e.Evidence), made, .. exposed])).ShouldBe([1, 2, 3, 4, 6, 8, 9, 13]);
        Points(audited, Recorded([.. Renewals(3).Select(e => e.Evidence), made, .. said])).ShouldBe([1, 2, 3, 4, 6, 9, 13]);
        Points(audited, Recorded([.. Renewals(3).Select(e => e.Evidence), made, .. Use.Of("another").Evidence(12, 3)])).ShouldBe([1, 2, 3, 4, 6, 9, 13]);
    }

    [Fact]
    public void While_a_skill_is_retired_runs_without_it_make_points_too()
    {
        var made = new AFamily(Renew).Learn(Renewals(4)).Family.Decisions[0];
        var retired = made with { Operation = CurationOperation.Retire, ThroughEvidence = 4 };
        var audited = PolicyTimeline.Always(new(new("default", 1, "sha256:p"), AFamily.Default with { AuditEvery = 5 }));

        Points(audited, Recorded([.. Renewals(3).Select(e => e.Evidence), made, .. Use.OfNone.Evidence(1, 0), retired, .. Use.OfNone.Evidence(13, 3, from: 3000)])).ShouldBe([1, 2, 3, 4, 6, 9, 13, 14]);
    }

    [Fact]
    public void What_a_sweep_decided_is_seen_at_points_after_the_leaf_that_it_saw()
    {
        var made = new AFamily(Renew).Learn(Renewals(4)).Family.Decisions[0];
        var swept = made with { Operation = CurationOperation.Retire, ThroughEvidence = 4, Sweep = new(5, ["library.renew"]) };
        // Leaves: evidence 0 to 2, the decision 3, evidence 4 to 9, the sweep's decision 10.
        var history = Recorded([.. Renewals(3).Select(e => e.Evidence), made, .. Renewals(6, from: 10).Select(e => e.Evidence), swept]);

        FamilyHistory.AsOf(history, 5).Decisions.Count.ShouldBe(1);
        FamilyHistory.AsOf(history, 6).Decisions.Count.ShouldBe(2);
    }

    [Fact]
    public void Evidence_of_unknown_time_is_dated_from_its_record() =>
        FamilyHistory.AsOf(Recorded([.. Renewals(2).Select(e => e.Evidence), Use.OfNone.Evidence(1, 1)[0]]), 3).Evidence.Select(e => e.At)
            .ShouldBe([AFamily.Noon, AFamily.Noon.AddMinutes(1), new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)]);

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
