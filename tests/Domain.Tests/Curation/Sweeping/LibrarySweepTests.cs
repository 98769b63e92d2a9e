using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Rules;
using Pipeline.Domain.Curation.Sweeping;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Tests.Curation.Rules;

namespace Pipeline.Domain.Tests.Curation.Sweeping;

/// <summary>What cannot be seen from one family alone: skills that became one, and skills whose tools fell silent.</summary>
public sealed class LibrarySweepTests
{
    private const string Renew = "renew_loan", Extend = "extend_loan", Return = "return_book";

    private static readonly ALibrary s_library = new(Shipped.Default);

    [Fact]
    public void Two_skills_that_do_the_same_for_the_same_requests_become_one()
    {
        var library = s_library.With(Renew, Runs(Renew, 8)).With(Extend, Runs(Extend, 6, from: 100));
        var merged = library.Sweep().ShouldHaveSingleItem();

        merged.Merge.ShouldNotBeNull();
        (merged.Merge.SurvivorId, merged.Merge.AbsorbedIds.Single()).ShouldBe(("library-renew-loan", "library-extend-loan"));
        merged.Merge.Package.SkillText.ShouldContain("`extend_loan` does the same as `renew_loan`");
        merged.Decisions.Select(d => d.FamilyId).ShouldBe(["library.renew_loan", "library.extend_loan"]);
        var decision = merged.Decisions[0].Decision;
        (decision.Operation, decision.ReasonCode, decision.Leaf).ShouldBe((CurationOperation.Merge, "merged", 10_000L));
        decision.Sweep!.Families.ShouldBe(["library.renew_loan", "library.extend_loan"]);
        decision.Result.ShouldBe(new("library-renew-loan", 2, merged.Merge.Package.Digest));
        decision.Candidates.Select(c => c.SkillId).ShouldBe(["library-renew-loan", "library-extend-loan"]);
        decision.Scores["procedureOverlap"].ShouldBeGreaterThanOrEqualTo(0.85);
        decision.Scores["triggerOverlap"].ShouldBeGreaterThanOrEqualTo(0.6);
        foreach (var family in new[] { "library.renew_loan", "library.extend_loan" })
        {
            decision.Scores[$"retention:{family}"].ShouldBeGreaterThanOrEqualTo(0.8);
            decision.Scores[$"heldOutMerged:{family}"].ShouldBeGreaterThanOrEqualTo(decision.Scores[$"heldOutBase:{family}"] - 0.02);
        }
    }

    [Fact]
    public void What_only_some_runs_of_either_need_goes_with_them_and_counts_as_kept()
    {
        IEnumerable<MinedEpisode> Some(string effect, int count, int from) => Enumerable.Range(from, count).Select(n => Run(n, effect, checksFines: n % 3 == 0).Mined(effect));
        var library = s_library.With(Renew, Some(Renew, 9, from: 1)).With(Extend, Some(Extend, 6, from: 100));
        library.Of(Extend).Variants.ShouldContain("`check_fines`");
        library.Of(Extend).Text.ShouldNotContain("`check_fines`");

        var merged = library.Sweep().ShouldHaveSingleItem();

        merged.Merge!.Package.SkillText.ShouldContain(SkillWriter.VariantsFile);
        merged.Merge.Package.TextOf(SkillWriter.VariantsFile).ShouldContain("`check_fines`");
        merged.Merge.Content.Package.Files.Select(f => f.Path).ShouldBe(["SKILL.md", SkillWriter.VariantsFile]);
    }

    [Fact]
    public void A_merge_that_drops_what_only_some_runs_need_loses_content()
    {
        const string text = "## Steps\n\n1. `renew_loan`.\n", variants = "# More\n\n- Before step 1: `check_fines`.\n";

        Likeness.Retention((text, variants), (text, "")).ShouldBe(0.5);
        Likeness.Retention((text, variants), (text, variants)).ShouldBe(1);
        Likeness.Retention((text, variants), ("## Steps\n\n1. `check_fines`.\n2. `renew_loan`.\n", "")).ShouldBe(1);
    }

    [Fact]
    public void A_conclusion_is_as_seen_until_any_of_its_skills_changes()
    {
        var library = s_library.With(Renew, Runs(Renew, 8)).With(Extend, Runs(Extend, 6, from: 100));
        var merged = library.Sweep().ShouldHaveSingleItem();
        var skills = library.Families.ToDictionary(f => f.Skill.Id, f => f.Skill, StringComparer.Ordinal);

        merged.SkillIds.ShouldBe(["library-renew-loan", "library-extend-loan"]);
        merged.IsAsSeen(id => skills[id]).ShouldBeTrue();
        merged.IsAsSeen(id => id == "library-extend-loan" ? Skill.None : skills[id]).ShouldBeFalse();
        foreach (var changed in skills.Keys)
            merged.IsAsSeen(id => id == changed ? Skill.Evolve(skills[id], new SkillEvent.SkillRetired(RetirementCause.ByHand, "not now")) : skills[id]).ShouldBeFalse();
    }

    [Fact]
    public void A_second_sweep_changes_nothing()
    {
        var once = s_library.With(Renew, Runs(Renew, 8)).With(Extend, Runs(Extend, 6, from: 100));
        var twice = once.After(once.Sweep());

        twice.Of(Extend).Skill.Id.ShouldBe("library-renew-loan");
        twice.Sweep().ShouldBeEmpty();
    }

    [Fact]
    public void Requests_of_another_kind_keep_two_procedures_apart_that_look_alike()
    {
        s_library.With(Renew, Runs(Renew, 8)).With(Return, Runs(Return, 6, from: 100, asks: "The volume is finished; kindly accept it at the counter")).Sweep().ShouldBeEmpty();
    }

    [Fact]
    public void Tools_that_are_used_side_by_side_are_not_one_and_the_refusal_is_put_on_record_once()
    {
        var both = Enumerable.Range(1, 8).Select(n => Run(n, Renew).Call(Extend, new { loan_id = $"L-{7000 + n}" }, new { status = "done" })).ToList();
        var library = s_library.With(Renew, both.Select(r => r.Mined(Renew))).With(Extend, both.Select(r => r.Mined(Extend)));

        var kept = library.Sweep().ShouldHaveSingleItem();
        kept.Merge.ShouldBeNull();
        kept.Decisions.ShouldHaveSingleItem().Decision.Operation.ShouldBe(CurationOperation.Keep);
        kept.Decisions[0].Decision.ReasonCode.ShouldBeOneOf("would-regress", "loses-content");
        var after = library.After([kept]);
        after.After(after.Sweep()).Families.Sum(f => f.Family.Decisions.Count).ShouldBe(after.Families.Sum(f => f.Family.Decisions.Count));
    }

    [Fact]
    public void What_comes_later_for_either_family_goes_on_improving_the_one_skill()
    {
        var library = s_library.With(Renew, Runs(Renew, 8)).With(Extend, Runs(Extend, 6, from: 100));
        library = library.After(library.Sweep());
        var extend = library.Of(Extend);
        var grown = extend.Admit(Enumerable.Range(200, 40).Select(n => Run(n, Extend, checksFines: true).Mined(Extend)));
        var kin = new[] { library.Of(Renew).Family, grown.Family };

        var conclusion = FamilyCuration.Decide(grown.Input with { Merged = kin, Episodes = [.. library.Of(Renew).Input.Episodes, .. grown.Input.Episodes] });

        conclusion.Decision.Operation.ShouldBe(CurationOperation.Improve, conclusion.Decision.Reason);
        conclusion.Decision.Result!.SkillId.ShouldBe("library-renew-loan");
        conclusion.Package!.SkillText.ShouldContain("`check_fines`");
        conclusion.Package.SkillText.ShouldContain("`extend_loan` does the same as `renew_loan`");
        MergedFamilies.KinOf(grown.Family).ShouldBe(["library.renew_loan", "library.extend_loan"]);
    }

    [Fact]
    public void A_merge_that_people_undo_gives_the_family_its_own_skill_back()
    {
        var library = s_library.With(Renew, Runs(Renew, 8)).With(Extend, Runs(Extend, 6, from: 100));
        library = library.After(library.Sweep());
        var undone = library.Of(Renew).Skill with { UndoneMerges = [2] };

        var alone = MergedFamilies.WithoutUndone(library.Of(Extend).Family, _ => undone);
        (alone.Skill!.SkillId, MergedFamilies.KinOf(alone)).ShouldSatisfyAllConditions(a => a.SkillId.ShouldBe("library-extend-loan"), a => a.Item2.ShouldBeEmpty());
    }

    [Fact]
    public void A_family_that_falls_silent_while_its_environment_goes_on_is_stale()
    {
        var silent = s_library.With(Return, Runs(Return, 10, asks: "The volume is finished; kindly accept it at the counter")).With(Renew, Runs(Renew, 10, from: 100));

        silent.With(Renew, Runs(Renew, 35, from: 300)).Sweep().ShouldBeEmpty();
        var stale = silent.With(Renew, Runs(Renew, 50, from: 300)).Sweep().ShouldHaveSingleItem();
        stale.Commands.ShouldHaveSingleItem().Command.ShouldBeOfType<SkillCommand.Retire>().Cause.ShouldBe(RetirementCause.Stale);
        var decision = stale.Decisions.ShouldHaveSingleItem().Decision;
        (decision.Operation, decision.ReasonCode).ShouldBe((CurationOperation.Retire, "stale"));
        (decision.Scores["episodesSince"], decision.Thresholds["staleAfter"]).ShouldBe((60, 50));
        decision.Reason.ShouldBe("60 tasks of library since the last of 10 with `return_book`: its tool is out of use");
    }

    [Fact]
    public void A_flood_of_one_source_retires_nothing_that_others_use()
    {
        var others = s_library.With(Return, Runs(Return, 10, asks: "The volume is finished; kindly accept it at the counter")).With(Renew, Runs(Renew, 10, from: 100));
        IEnumerable<MinedEpisode> Flood(string source) => Enumerable.Range(300, 90).Select(n => Run(n, Renew).From(source).Mined(Renew));

        others.With(Renew, Flood("urn:flood")).Sweep().ShouldBeEmpty();
        others.With(Renew, Flood("urn:library")).Sweep().ShouldHaveSingleItem();
    }

    [Fact]
    public void Runs_that_nobody_verified_and_one_task_over_and_over_make_nothing_stale()
    {
        var silent = s_library.With(Return, Runs(Return, 10, asks: "The volume is finished; kindly accept it at the counter")).With(Renew, Runs(Renew, 10, from: 100));

        silent.With(Renew, Enumerable.Range(300, 90).Select(n => Run(n, Renew).EndedAs(new(true, 1, Domain.Trajectories.VerifiedBy.Self)).Mined(Renew))).Sweep().ShouldBeEmpty();
        silent.With(Renew, Enumerable.Range(300, 90).Select(n => Run(n, Renew).ForTask("task-again").Mined(Renew))).Sweep().ShouldBeEmpty();
    }

    [Fact]
    public void A_merged_skill_is_not_stale_while_one_of_its_families_is_heard_of()
    {
        var library = s_library.With(Renew, Runs(Renew, 8)).With(Extend, Runs(Extend, 6, from: 100));
        library = library.After(library.Sweep());

        library.With(Extend, Runs(Extend, 80, from: 300)).Sweep().ShouldBeEmpty();
        var silent = library.With(Return, Runs(Return, 90, from: 3000, asks: "The volume is finished; kindly accept it at the counter")).Sweep().ShouldHaveSingleItem();
        silent.Decisions.Select(d => d.FamilyId).ShouldBe(["library.renew_loan", "library.extend_loan"]);
        silent.Commands.ShouldHaveSingleItem().SkillId.ShouldBe("library-renew-loan");
    }

    [Fact]
    public void A_seldom_one_is_given_more_time()
    {
        var seldom = s_library.With(Renew, Runs(Renew, 200, from: 1000)).With(Return, Runs(Return, 3, asks: "The volume is finished; kindly accept it at the counter"));

        seldom.With(Renew, Runs(Renew, 100, from: 300)).Sweep().ShouldBeEmpty();
    }

    [Fact]
    public void A_tool_that_was_renamed_is_superseded_by_what_does_the_same()
    {
        var renamed = s_library.With(Renew, Runs(Renew, 10)).With(Extend, Runs(Extend, 60, from: 300));

        var retired = renamed.Sweep().ShouldHaveSingleItem();
        retired.Commands.Single().Command.ShouldBeOfType<SkillCommand.Retire>().Cause.ShouldBe(RetirementCause.Superseded);
        retired.Decisions[0].Decision.Reason.ShouldEndWith("library-extend-loan does the same with `extend_loan`");
    }

    [Theory]
    [InlineData(0.85, true)]
    [InlineData(0.849, false)]
    public void Evolver_merges_at_a_similarity_of_85_in_100(double similarity, bool merges) =>
        MergeRules.Judge(new(0, similarity, 0), () => 0, Shipped.Evolver).Applies.ShouldBe(merges);

    [Theory]
    [InlineData(0.70, true)]
    [InlineData(0.699, false)]
    public void Xskill_merges_at_a_cosine_of_70_in_100(double cosine, bool merges) =>
        MergeRules.Judge(new(0, 0, cosine), () => 0, Shipped.Default with { Rules = new() { Merge = "cosine" }, MergeAbove = 0.7 }).Applies.ShouldBe(merges);

    [Theory]
    [InlineData("similarity", 0.5)]
    [InlineData("cosine", 0.7)]
    public void By_the_presets_rules_texts_that_are_alike_are_merged_without_a_gate_and_retention_is_measured_all_the_same(string rule, double above)
    {
        var library = new ALibrary(Shipped.Default with { Rules = new() { Merge = rule }, MergeAbove = above }).With(Renew, Runs(Renew, 8)).With(Extend, Runs(Extend, 6, from: 100));

        var decision = library.Sweep().ShouldHaveSingleItem().Decisions[0].Decision;
        decision.Operation.ShouldBe(CurationOperation.Merge);
        decision.Scores.Keys.ShouldContain("retention:library.extend_loan");
    }

    [Theory]
    [InlineData("similarity", 0.5)]
    [InlineData("cosine", 0.7)]
    public void By_the_presets_rules_texts_are_alike_whatever_their_steps_name(string rule, double above)
    {
        var input = (new ALibrary(Shipped.Default with { Rules = new() { Merge = rule }, MergeAbove = above }).With(Renew, Runs(Renew, 8)).With(Extend, Runs(Extend, 6, from: 100))).Input;
        var plain = input with { Families = [.. input.Families.Select((f, i) => f with { Text = f.Text.Replace("## Steps", $"## Doing {i}", StringComparison.Ordinal) })] };

        Likeness.Of(plain.Families[0], plain.Families[1]).Procedure.ShouldBe(0);
        LibrarySweep.NeedsEpisodesOf(plain).Count.ShouldBe(2);
        LibrarySweep.Decide(plain).ShouldHaveSingleItem().Merge.ShouldNotBeNull();
    }

    [Fact]
    public void Skills_that_a_search_takes_for_one_another_are_looked_at_although_their_steps_name_other_things()
    {
        ALibrary Confusing(double above) => new ALibrary(Shipped.Default with { MergeConfusedAbove = above }).With(Renew, Runs(Renew, 8)).With(Extend, Runs(Extend, 6, from: 100));
        SweepInput Unlike(double above) => Confusing(above).Input with
        {
            Families = [.. Confusing(above).Input.Families.Select((f, i) => f with { Text = f.Text.Replace("## Steps", $"## Doing {i}", StringComparison.Ordinal) })],
        };

        LibrarySweep.NeedsEpisodesOf(Unlike(0)).ShouldBeEmpty();
        LibrarySweep.NeedsEpisodesOf(Unlike(9)).ShouldBeEmpty();
        LibrarySweep.NeedsEpisodesOf(Unlike(0.3)).Count.ShouldBe(2);
        var decision = LibrarySweep.Decide(Unlike(0.3) with { Episodes = Confusing(0.3).Input.Episodes }).ShouldHaveSingleItem().Decisions[0].Decision;
        (decision.Operation, decision.ReasonCode).ShouldBe((CurationOperation.Keep, "loses-content"), "what the merged text must keep it must keep all the same");
        decision.Reason.ShouldContain("a search takes one for the other");
        decision.Scores["confusion"].ShouldBeGreaterThanOrEqualTo(0.3);
        decision.Thresholds["mergeConfusedAbove"].ShouldBe(0.3);

        var silent = Confusing(0).Sweep().ShouldHaveSingleItem().Decisions[0].Decision;
        silent.Scores.Keys.ShouldNotContain("confusion", "an older policy goes on meaning what it meant, to the record");
    }

    [Fact]
    public void Users_must_ask_for_the_same_however_readily_a_search_confuses_two_skills() =>
        MergeRules.Judge(new(0, 0, 0) { Confusion = 1 }, () => 0.1, Shipped.Default).Applies.ShouldBeFalse();

    [Fact]
    public void The_texts_of_many_long_skills_are_read_once_each_and_not_once_for_each_pair()
    {
        var input = s_library.With(Renew, Runs(Renew, 8)).Input;
        string Words(int seed) => string.Join(' ', Enumerable.Range(0, 4000).Select(n => $"w{seed}x{n % 50}"));
        SweepInput Many(int count) => input with
        {
            Families = [.. Enumerable.Range(0, count).Select(n => input.Families[0] with
            {
                Family = input.Families[0].Family with { Id = $"library.e{n}", Effect = $"e{n}" },
                Skill = input.Families[0].Skill with
                {
                    Id = $"library-e{n}",
                    FamilyId = $"library.e{n}",
                    Versions = [.. input.Families[0].Skill.Versions.Select(v => v with { Description = $"w{n}x1 w{n}x2 w{n}x3" })],
                },
                Text = $"## Steps\n\n1. `tool_{n}`.\n\n## Notes\n\n{Words(n)}",
            })],
        };

        Growth.ShouldBeLinear(50, Many, many => LibrarySweep.NeedsEpisodesOf(many).ShouldBeEmpty());
    }

    [Fact]
    public void Whatever_there_is_sweeps_decide_the_same_again_and_come_to_an_end() => Prop.ForAll(
        Gen.Choose(0, 59).ListOf().Select(l => l.Take(25).ToList()).ToArbitrary(), kinds =>
        {
            var library = kinds.Select((kind, i) => (kind, i)).Aggregate(s_library, (all, k) =>
            {
                var effect = new[] { Renew, Extend, Return }[k.kind % 3];
                return all.With(effect, Runs(effect, k.kind % 5 + 1, from: 1000 * (k.i + 1), asks: k.kind > 30 ? "The volume is finished; kindly accept it" : null));
            });
            var conclusions = library.Sweep();
            LibrarySweep.Decide(library.Input).Select(c => c.Decisions[0].Decision.ReasonCode).ShouldBe(conclusions.Select(c => c.Decisions[0].Decision.ReasonCode));
            // A merged skill may be like a third one: each sweep leaves fewer.
            var after = library.After(conclusions);
            for (var sweeps = 0; sweeps < 2; sweeps++) after = after.After(after.Sweep());
            after.Sweep().ShouldAllBe(c => c.Decisions[0].Decision.Operation == CurationOperation.Keep);
        }).Check(Properties.Config(40));

    private static IEnumerable<MinedEpisode> Runs(string effect, int count, int from = 1, string? asks = null) => Enumerable.Range(from, count).Select(n => Run(n, effect, asks: asks).Mined(effect));

    private static ARun Run(int n, string effect, bool checksFines = false, string? asks = null)
    {
        var run = ARun.Of(n).User(asks ?? "Hello, please prolong my borrowed novel until the holidays")
            .Call("find_reader", new { card = $"K-{500 + n}" }, new { reader_id = $"R-{1000 + n}" })
            .Call("get_loan", new { reader_id = $"R-{1000 + n}" }, new { loan_id = $"L-{7000 + n}", status = "borrowed" });
        if (checksFines) run = run.Call("check_fines", new { loan_id = $"L-{7000 + n}" }, "none at all");
        return run.Call(effect, new { loan_id = $"L-{7000 + n}" }, new { status = "done" });
    }
}
