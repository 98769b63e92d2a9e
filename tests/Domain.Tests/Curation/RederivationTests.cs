using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Reruns;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using static Pipeline.Domain.Curation.Reruns.RederivationVerdict;

namespace Pipeline.Domain.Tests.Curation;

public sealed class RederivationTests
{
    private const string Skill = "library-renew-loan";

    // Renewals as they are done at first, then done in another way: a skill is made, and changes.
    private static RecordedHistory Learned() => new RecordedHistory().Learn(Library.Renewals(4)).Learn(Library.Fined(14));

    private static RecordedHistory Twins() => new RecordedHistory().Learn(Twin("renew_loan", 8)).Learn(Twin("extend_loan", 6, from: 100));

    // Two tools for one kind of work, asked for in the same words.
    private static IEnumerable<MinedEpisode> Twin(string effect, int count, int from = 1) => Enumerable.Range(from, count).Select(n => ARun.Of(n)
        .User("Hello, please prolong my borrowed novel until the holidays")
        .Call("find_reader", new { card = $"K-{500 + n}" }, new { reader_id = $"R-{1000 + n}" })
        .Call("get_loan", new { reader_id = $"R-{1000 + n}" }, new { loan_id = $"L-{7000 + n}", status = "borrowed" })
        .Call(effect, new { loan_id = $"L-{7000 + n}" }, new { status = "done" }).Mined(effect));

    // The environment goes on, and one of its families does not.
    private static RecordedHistory Silenced() => new RecordedHistory().Learn(Library.Renewals(6)).Learn(Twin("return_book", 150, from: 400)).Sweep([]);

    private static bool IsCreate(FamilyEvent.CurationDecided d) => d.Operation == CurationOperation.Create;

    [Fact]
    public void All_decisions_and_versions_come_out_as_recorded()
    {
        var decisions = Learned().Rederive();

        decisions.Select(d => d.Operation).ShouldContain(CurationOperation.Create);
        decisions.Select(d => d.Operation).ShouldContain(CurationOperation.Improve);
        decisions.ShouldAllBe(d => d.Verdict == Same);
        decisions.Where(d => d.Version > 0).Select(d => d.Version).ShouldBe(Enumerable.Range(1, decisions.Count(d => d.Version > 0)));
    }

    [Fact]
    public void A_skill_that_came_back_with_another_text_comes_out_as_recorded_and_is_compared()
    {
        RecordedHistory Renewed() => new RecordedHistory(RecordedHistory.Active(Rules.Shipped.Default with { Growth = 10, AuditEvery = 20 })).Learn(Rules.RenewalTests.History());

        Renewed().Rederive().ShouldAllBe(d => d.Verdict == Same);
        Renewed().Rederive().ShouldContain(d => d.Operation == CurationOperation.Reinstate && d.Version == 2);
        Renewed().Events.Select(e => e.Event).OfType<FamilyEvent.CurationDecided>().ShouldContain(d => d.ReasonCode == "says-something-else");
        Renewed().Tamper<SkillEvent.SkillImproved>(e => e.Version == 2, e => e with { BaseVersion = 7 }).Rederive()
            .ShouldContain(d => d.Operation == CurationOperation.Reinstate && d.Verdict == Differs);
    }

    [Fact]
    public void What_people_did_by_hand_is_an_input()
    {
        var history = new RecordedHistory().Learn(Library.Renewals(4))
            .ByHand(Skill, new SkillEvent.SkillRetired(RetirementCause.ByHand, "not now")).Learn(Library.Renewals(6, from: 5))
            .ByHand(Skill, new SkillEvent.SkillReinstated("now")).Learn(Library.Fined(14));

        var decisions = history.Rederive();

        decisions.ShouldAllBe(d => d.Verdict == Same);
        history.Events.Select(e => e.Event).OfType<FamilyEvent.CurationDecided>().ShouldContain(d => d.ReasonCode == "skill-not-active");
    }

    [Fact]
    public void A_look_that_came_after_something_done_by_hand_is_told_from_one_before_it()
    {
        var retired = new SkillEvent.SkillRetired(RetirementCause.ByHand, "not now");
        var before = new RecordedHistory().Learn(Library.Renewals(4)).Learn(Library.Fined(14), looks: false).Look().ByHand(Skill, retired);
        var after = new RecordedHistory().Learn(Library.Renewals(4)).Learn(Library.Fined(14), looks: false).ByHand(Skill, retired).Look();

        after.Events.Count.ShouldNotBe(before.Events.Count);
        before.Rederive().ShouldAllBe(d => d.Verdict == Same);
        after.Rederive().ShouldAllBe(d => d.Verdict == Same);
    }

    [Fact]
    public void What_was_changed_in_a_decision_is_named_and_those_after_it_stand()
    {
        var decisions = Learned().Tamper<FamilyEvent.CurationDecided>(IsCreate, d => d with
        {
            Scores = d.Scores.ToDictionary(s => s.Key, s => s.Key == "successes" ? 99 : s.Value, StringComparer.Ordinal),
            Reason = "because",
        }).Rederive();

        var differs = decisions.Where(d => d.Verdict == Differs).ShouldHaveSingleItem();
        differs.Differences.Select(d => d.Field).ShouldBe(["reason", "scores.successes"]);
        differs.Differences[1].Recorded.ShouldBe("99");
    }

    [Fact]
    public void What_was_changed_in_a_version_is_named()
    {
        var decisions = Learned().Tamper<SkillEvent.SkillCreated>(_ => true, e => e with { Content = e.Content with { Evidence = [] } }).Rederive();

        decisions.Where(d => d.Verdict == Differs).ShouldHaveSingleItem().Differences.ShouldHaveSingleItem().Field.ShouldBe("skill_created.content.evidence");
    }

    [Fact]
    public void A_decision_that_was_taken_out_is_missed()
    {
        var decisions = Learned().Remove<FamilyEvent.CurationDecided>(d => d.Operation == CurationOperation.Improve).Rederive();

        var missed = decisions.Where(d => d.Leaf is null).ToList();
        missed.ShouldContain(d => d.Operation == CurationOperation.Improve && d.Verdict == Differs);
        // Its version stands there without a decision.
        missed.ShouldContain(d => d.Version == 2 && d.SkillId == Skill);
    }

    [Fact]
    public void A_decision_where_curation_decides_nothing_is_found()
    {
        var decisions = Learned().Tamper<FamilyEvent.CurationDecided>(d => d.Operation == CurationOperation.Improve, d => d with { ThroughEvidence = d.ThroughEvidence + 1 }).Rederive();

        decisions.ShouldContain(d => d.Verdict == Differs && d.Reason == "it stands where curation decides nothing");
    }

    [Fact]
    public void What_a_sweep_decided_comes_out_as_recorded_and_so_does_what_follows()
    {
        var history = Twins().Sweep(null).Learn(Twin("renew_loan", 12, from: 200)).Learn(Twin("extend_loan", 8, from: 300));

        var decisions = history.Rederive();

        decisions.ShouldAllBe(d => d.Verdict == Same);
        decisions.Count(d => d.Operation == CurationOperation.Merge).ShouldBe(2);
        var (same, _) = history.WhatIf(RecordedHistory.Policy.Policy);
        same.Where(d => d.Recorded is not null).ShouldAllBe(d => !d.Differs);
    }

    [Fact]
    public void A_sweep_is_judged_by_the_families_that_it_looked_at()
    {
        // The family that goes on is what the silence of the other is counted by, and some of its runs were not looked at.
        var history = new RecordedHistory().Learn(Library.Renewals(6)).Learn(Twin("return_book", 150, from: 400)).Learn(Twin("fine_reader", 40, from: 800)).Sweep("library.fine-reader");
        var swept = history.Events.Select(e => e.Event).OfType<FamilyEvent.CurationDecided>().Single(d => d.Sweep is not null);

        swept.Operation.ShouldBe(CurationOperation.Retire);
        swept.Sweep!.LeftOut.ShouldBe(["library.fine-reader"]);
        history.Rederive().ShouldAllBe(d => d.Verdict == Same);
        var (same, _) = history.WhatIf(RecordedHistory.Policy.Policy);
        same.Where(d => d.Recorded is not null).ShouldAllBe(d => !d.Differs);
        history.Tamper<FamilyEvent.CurationDecided>(d => d.Sweep is not null, d => d with { Sweep = d.Sweep! with { LeftOut = [] } }).Rederive()
            .Where(d => d.Verdict == Differs).ShouldHaveSingleItem().Operation.ShouldBe(CurationOperation.Retire);
    }

    [Fact]
    public void Where_an_older_sweep_does_not_say_what_it_left_out_what_grew_meanwhile_may_have_been()
    {
        var history = new RecordedHistory().Learn(Library.Renewals(6)).Learn(Twin("return_book", 150, from: 400)).Learn(Twin("fine_reader", 40, from: 800), looks: false);
        var leaf = history.Events.Count - 1;
        history.Learn(Twin("fine_reader", 1, from: 900), looks: false).Sweep(leaf, "library.fine-reader")
            .Tamper<FamilyEvent.CurationDecided>(d => d.Sweep is not null, d => d with { Sweep = d.Sweep! with { LeftOut = null } });

        history.Rederive(f => f == "library.fine-reader" ? 0 : int.MaxValue).ShouldAllBe(d => d.Verdict == Same);
    }

    [Fact]
    public void A_merge_that_no_sweep_comes_to_is_found()
    {
        Twins().Sweep(null).Tamper<FamilyEvent.CurationDecided>(d => d.Sweep is not null, d => d with { Scores = new Dictionary<string, double>(StringComparer.Ordinal) }).Rederive()
            .Where(d => d.Verdict == Differs).ShouldHaveSingleItem().Operation.ShouldBe(CurationOperation.Merge);
        Twins().Sweep(null).Tamper<FamilyEvent.CurationDecided>(d => d.Sweep is not null, d => d with { Sweep = d.Sweep! with { Families = ["library.renew_loan"] } }).Rederive()
            .ShouldContain(d => d.Verdict == Differs && d.Reason == "the sweep comes to no such conclusion");
        Twins().Sweep(null).Tamper<SkillEvent.SkillMerged>(_ => true, e => e with { Content = e.Content with { Rationale = "trust me" } }).Rederive()
            .Where(d => d.Verdict == Differs).SelectMany(d => d.Differences).Select(d => d.Field).Distinct().ShouldBe(["skill_merged.content.rationale"]);
    }

    [Fact]
    public void What_a_merge_did_to_the_skills_is_compared_event_by_event()
    {
        Twins().Sweep([]).Rederive().ShouldAllBe(d => d.Verdict == Same);
        foreach (var history in new[] { Twins().Sweep([]).Remove<SkillEvent.SkillMerged>(_ => true), Twins().Sweep([]).Remove<SkillEvent.SkillAbsorbed>(_ => true) })
        {
            history.Rederive().Where(d => d.Verdict == Differs)
                .ShouldAllBe(d => d.Operation == CurationOperation.Merge && d.Differences.Single().Field == "event" && d.Differences.Single().Recorded.Length == 0);
            history.Rederive().Count(d => d.Verdict == Differs).ShouldBe(2);
        }
        Twins().Sweep([]).Tamper<SkillEvent.SkillAbsorbed>(_ => true, e => e with { LastVersion = 7 }).Rederive()
            .Where(d => d.Verdict == Differs).SelectMany(d => d.Differences).Select(d => d.Field).Distinct().ShouldBe(["skill_absorbed.lastVersion"]);
    }

    [Fact]
    public void A_merge_into_a_text_that_was_revoked_under_another_id_is_not_made_and_the_record_says_why_once()
    {
        var merged = Twins().Sweep([]).Events.Select(e => e.Event).OfType<SkillEvent.SkillMerged>().Single();
        var created = new SkillEvent.SkillCreated { SkillId = "borrowed", Name = "borrowed", Origin = SkillOrigin.Imported, FamilyId = "", Environment = "", Kind = SkillKind.Functional, Content = merged.Content };

        var history = Twins().ByHand("borrowed", created).ByHand("borrowed", new SkillEvent.VersionRevoked(1, merged.Content.Package.Digest, "harm")).Sweep([]).Sweep([]);

        history.Events.ShouldNotContain(e => e.Event is SkillEvent.SkillMerged);
        var kept = history.Events.Select(e => e.Event).OfType<FamilyEvent.CurationDecided>().Single(d => d.Sweep is not null);
        (kept.Operation, kept.ReasonCode, kept.Reason, kept.Result).ShouldBe((CurationOperation.Keep, "digest-revoked", "exactly this package was revoked as version 1 of borrowed", null));
        history.Rederive().ShouldAllBe(d => d.Verdict == Same);
    }

    [Fact]
    public void What_a_retirement_did_is_compared_and_the_time_that_the_sweep_took_as_now()
    {
        var tampered = new Func<RecordedHistory, RecordedHistory>[]
        {
            h => h.Tamper<SkillEvent.SkillRetired>(_ => true, e => e with { Reason = "trust me" }),
            h => h.Tamper<SkillEvent.SkillRetired>(_ => true, e => new SkillEvent.SkillReinstated(e.Reason)),
            h => h.Remove<SkillEvent.SkillRetired>(_ => true),
            h => h.Tamper<FamilyEvent.CurationDecided>(d => d.Operation == CurationOperation.Retire, d => d with { At = d.At.AddDays(1) }),
        };
        Silenced().Rederive().ShouldAllBe(d => d.Verdict == Same);

        var fields = tampered.Select(t => t(Silenced()).Rederive().Single(d => d.Verdict == Differs && d.Operation == CurationOperation.Retire)
            .Differences.ShouldHaveSingleItem().Field);

        fields.ShouldBe(["skill_retired.reason", "event", "event", "at"]);
        tampered[1](Silenced()).Rederive().ShouldContain(d => d.Operation == CurationOperation.Reinstate && d.Verdict == Differs && d.SkillId == Skill);
    }

    [Fact]
    public void A_retirement_that_is_said_to_be_curations_and_no_decision_says_so_is_found()
    {
        var stray = Silenced().Remove<FamilyEvent.CurationDecided>(d => d.Operation == CurationOperation.Retire).Rederive()
            .Where(d => d is { Verdict: Differs, Operation: CurationOperation.Retire }).ShouldHaveSingleItem();

        (stray.Operation, stray.SkillId, stray.Reason).ShouldBe((CurationOperation.Retire, Skill, "skill_retired says that curation did it, and no decision says so"));
    }

    [Fact]
    public void What_curation_has_not_looked_at_yet_is_not_missed()
    {
        var history = new RecordedHistory().Learn(Library.Renewals(4), looks: false);

        history.Rederive().ShouldContain(d => d.Leaf == null && d.Operation == CurationOperation.Create);
        history.Rederive(_ => 0).ShouldBeEmpty();
    }

    [Fact]
    public void What_was_erased_since_is_named_with_its_leaf()
    {
        var episode = Library.Renewals(1)[0];
        var history = Learned();
        var leaf = history.Events.Count;

        var decisions = history.Lose(episode).Rederive();

        var erased = decisions.Where(d => d.Verdict == Erased).ToList();
        erased.ShouldContain(d => d.Operation == CurationOperation.Create);
        erased.ShouldAllBe(d => d.SinceLeaf == leaf && d.Reason.Contains(episode.Evidence.TrajectoryId, StringComparison.Ordinal));
        decisions.ShouldNotContain(d => d.Verdict == Differs);
    }

    [Fact]
    public void What_had_been_erased_before_a_decision_was_left_out_of_it_and_is_again()
    {
        var history = new RecordedHistory().Learn(Library.Renewals(6), looks: false);

        history.Lose(Library.Renewals(1)[0]).Look().Rederive().ShouldAllBe(d => d.Verdict == Same);
    }

    [Fact]
    public void What_is_gone_and_nobody_erased_is_told_apart()
    {
        var decisions = Learned().Lose(Library.Renewals(1)[0], says: false).Rederive();

        decisions.ShouldContain(d => d.Verdict == Unreadable && d.SinceLeaf == null);
    }

    [Fact]
    public void A_run_that_goes_on_after_a_leaf_comes_to_what_one_over_all_came_to_after_it()
    {
        var retired = new SkillEvent.SkillRetired(RetirementCause.ByHand, "not now");
        RecordedHistory[] histories =
        [
            Learned(), Silenced(),
            Twins().Sweep(null).Learn(Twin("renew_loan", 12, from: 200)).Learn(Twin("extend_loan", 8, from: 300)),
            new RecordedHistory().Learn(Library.Renewals(4)).Learn(Library.Fined(14), looks: false).ByHand(Skill, retired).Look(),
            Learned().Remove<FamilyEvent.CurationDecided>(d => d.Operation == CurationOperation.Improve),
            Learned().Tamper<FamilyEvent.CurationDecided>(IsCreate, d => d with { Reason = "because" }),
            Learned().Tamper<FamilyEvent.CurationDecided>(d => d.Operation == CurationOperation.Improve, d => d with { ThroughEvidence = d.ThroughEvidence + 1 }),
            Twins().Sweep([]).Tamper<SkillEvent.SkillAbsorbed>(_ => true, e => e with { LastVersion = 7 }),
            Learned().Lose(Library.Renewals(1)[0]),
        ];
        foreach (var history in histories)
        {
            var all = history.Rederive();
            all.Count(d => d.Leaf is not null).ShouldBeGreaterThan(1);
            foreach (var (at, decision) in all.Index().Where(d => d.Item.Leaf is not null))
                history.Rederive(after: decision.Leaf!.Value).Select(Told).ShouldBe(all.Skip(at + 1).Select(Told), $"after leaf {decision.Leaf}");
        }

        static string Told(RederivedDecision d) => $"{d with { Differences = [] }} {string.Join(", ", d.Differences)}";
    }

    [Fact]
    public void What_was_compared_before_is_not_read_again()
    {
        var history = Learned();
        var last = history.Rederive()[^1].Leaf!.Value;

        history.Lose(Library.Renewals(1)[0], says: false);

        history.Rederive().ShouldContain(d => d.Verdict == Unreadable);
        history.Rederive(after: last).ShouldBeEmpty();
    }
}
