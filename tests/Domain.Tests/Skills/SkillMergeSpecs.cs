using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using static Pipeline.Domain.Skills.SkillEvent;
using static Pipeline.Domain.Tests.Skills.SomeSkill;

namespace Pipeline.Domain.Tests.Skills;

/// <summary>Merging skills a, b and c, and undoing it.</summary>
public sealed class SkillMergeSpecs
{
    private static readonly Skill A = Skill.Fold([Created("a", "a1"), Improved(2, "a2")]);
    private static readonly Skill B = Skill.Fold([Created("b", "b1")]);
    private static readonly Skill C = Skill.Fold([Created("c", "c1"), Improved(2, "c2"), Improved(3, "c3")]);
    private static readonly SkillMerge.Merge Command = new(Content("merged"));
    private static readonly VersionReference Merged = Reference("a", 3, "merged");

    [Fact]
    public void Of_two_the_survivor_gets_a_version_with_both_as_parents_and_the_other_ends()
    {
        var after = Apply(SkillMerge.Decide(Command, A, [B]), A, B);

        after["a"].Latest!.Number.ShouldBe(3);
        after["a"].Latest!.Operation.ShouldBe(VersionOperation.Merge);
        after["a"].Latest!.Parents.ShouldBe([Reference("a", 2, "a2"), Reference("b", 1, "b1")]);
        after["b"].Lifecycle.ShouldBe(Lifecycle.Absorbed);
        after["b"].AbsorbedInto.ShouldBe(Merged);
        after["b"].Latest.ShouldBeNull();
    }

    [Fact]
    public void Of_three_both_others_end_in_the_same_version()
    {
        var decision = SkillMerge.Decide(Command, A, [B, C]);

        Text(decision).ShouldBe(
        [
            ("a", EventText.Of(new SkillMerged(3, [Reference("a", 2, "a2"), Reference("b", 1, "b1"), Reference("c", 3, "c3")], Content("merged")))),
            ("b", EventText.Of(new SkillAbsorbed(Merged, 1))),
            ("c", EventText.Of(new SkillAbsorbed(Merged, 3))),
        ]);
    }

    [Fact]
    public void A_merge_made_twice_is_nothing()
    {
        var after = Apply(SkillMerge.Decide(Command, A, [B, C]), A, B, C);

        Text(SkillMerge.Decide(Command, after["a"], [after["b"], after["c"]])).ShouldBeEmpty();
        Code(SkillMerge.Decide(new SkillMerge.Merge(Content("other")), after["a"], [after["b"]])).ShouldBe("not-active");
    }

    [Fact]
    public void What_cannot_be_merged_is_refused()
    {
        var retired = Skill.Evolve(B, new SkillRetired(RetirementCause.Stale, ""));
        var newer = Skill.Evolve(B, Newer);

        Code(SkillMerge.Decide(Command, A, [])).ShouldBe("merge-of-one");
        Code(SkillMerge.Decide(Command, A, [A])).ShouldBe("merge-with-itself");
        Code(SkillMerge.Decide(Command, A, [B, B])).ShouldBe("merge-with-itself");
        Code(SkillMerge.Decide(Command, A, [retired])).ShouldBe("not-active");
        Code(SkillMerge.Decide(Command, retired, [A])).ShouldBe("not-active");
        Code(SkillMerge.Decide(Command, A, [Skill.None])).ShouldBe("not-active");
        Code(SkillMerge.Decide(Command, A, [newer])).ShouldBe("newer-history");
        Code(SkillMerge.Decide(Command, newer, [A])).ShouldBe("newer-history");
    }

    [Fact]
    public void Content_that_any_of_them_revoked_does_not_come_back_by_a_merge()
    {
        var revoked = new VersionRevoked(1, DigestOf("merged"), "leaks");

        Code(SkillMerge.Decide(Command, Skill.Evolve(A, revoked), [B])).ShouldBe("digest-revoked");
        Code(SkillMerge.Decide(Command, A, [Skill.Evolve(B, revoked)])).ShouldBe("digest-revoked");
    }

    [Fact]
    public void An_absorbed_skill_points_at_the_one_that_took_it_up()
    {
        var b = Apply(SkillMerge.Decide(Command, A, [B]), A, B)["b"];
        SkillCommand[] all = [new SkillCommand.Improve(1, Content("x"), []), new SkillCommand.Retire(RetirementCause.Stale, ""), new SkillCommand.Reinstate(""), new SkillCommand.RollBack(1, "")];
        foreach (var command in all)
        {
            var refused = SkillDecider.Decide(command, b).ShouldBeOfType<Decision.Refused>();
            refused.Code.ShouldBe("skill-absorbed");
            refused.Message.ShouldContain("absorbed by a");
        }
        SkillDecider.Decide(new SkillCommand.Revoke(1, "leaks"), b).ShouldBeOfType<Decision.Accepted>().Events.Count.ShouldBe(1);
    }

    [Fact]
    public void Undone_the_absorbed_live_again_and_the_survivor_is_back_under_a_new_number()
    {
        var merged = Apply(SkillMerge.Decide(Command, A, [B, C]), A, B, C);
        var after = Apply(SkillMerge.Decide(Undo(3), merged["a"], [merged["c"], merged["b"]]), merged["a"], merged["b"], merged["c"]);

        after["a"].Latest!.Number.ShouldBe(4);
        after["a"].Latest!.PackageDigest.ShouldBe(DigestOf("a2"));
        after["a"].Latest!.Operation.ShouldBe(VersionOperation.UndoMerge);
        after["b"].Latest!.Number.ShouldBe(1);
        after["c"].Latest!.Number.ShouldBe(3);
        after["b"].AbsorbedInto.ShouldBeNull();
        Text(SkillMerge.Decide(Undo(3), after["a"], [after["b"], after["c"]])).ShouldBeEmpty();
    }

    [Fact]
    public void What_was_released_can_be_merged_again()
    {
        var merged = Apply(SkillMerge.Decide(Command, A, [B]), A, B);
        var undone = Apply(SkillMerge.Decide(Undo(3), merged["a"], [merged["b"]]), merged["a"], merged["b"]);
        var again = Apply(SkillMerge.Decide(Command, undone["a"], [undone["b"]]), undone["a"], undone["b"]);

        again["a"].Latest!.Number.ShouldBe(5);
        again["b"].AbsorbedInto.ShouldBe(Reference("a", 5, "merged"));
        Text(SkillMerge.Decide(Undo(3), again["a"], [again["b"]])).ShouldBeEmpty();
    }

    [Fact]
    public void An_improvement_after_the_merge_does_not_stand_in_the_way_of_undoing_it()
    {
        var merged = Apply(SkillMerge.Decide(Command, A, [B]), A, B);
        var improved = Skill.Evolve(merged["a"], Improved(4, "better"));

        Apply(SkillMerge.Decide(Undo(3), improved, [merged["b"]]), improved, merged["b"])["a"].Latest!.PackageDigest.ShouldBe(DigestOf("a2"));
    }

    [Fact]
    public void A_later_merge_is_undone_first()
    {
        var first = Apply(SkillMerge.Decide(Command, A, [B]), A, B);
        var second = Apply(SkillMerge.Decide(new SkillMerge.Merge(Content("more")), first["a"], [C]), first["a"], C);

        Code(SkillMerge.Decide(Undo(3), second["a"], [first["b"]])).ShouldBe("later-merge");
        var undone = Apply(SkillMerge.Decide(Undo(4), second["a"], [second["c"]]), second["a"], second["c"]);
        Apply(SkillMerge.Decide(Undo(3), undone["a"], [first["b"]]), undone["a"], first["b"])["a"].Latest!.PackageDigest.ShouldBe(DigestOf("a2"));
    }

    [Fact]
    public void What_cannot_be_undone_is_refused()
    {
        var merged = Apply(SkillMerge.Decide(Command, A, [B]), A, B);
        var revoked = Skill.Evolve(merged["a"], new VersionRevoked(2, DigestOf("a2"), "leaks"));
        var retired = Skill.Evolve(merged["a"], new SkillRetired(RetirementCause.Stale, ""));

        Code(SkillMerge.Decide(Undo(2), merged["a"], [merged["b"]])).ShouldBe("no-merge");
        Code(SkillMerge.Decide(Undo(9), merged["a"], [merged["b"]])).ShouldBe("no-merge");
        Code(SkillMerge.Decide(Undo(3), merged["a"], [C])).ShouldBe("wrong-skills");
        Code(SkillMerge.Decide(Undo(3), merged["a"], [])).ShouldBe("wrong-skills");
        Code(SkillMerge.Decide(Undo(3), revoked, [merged["b"]])).ShouldBe("version-revoked");
        Code(SkillMerge.Decide(Undo(3), retired, [merged["b"]])).ShouldBe("not-active");
        Code(SkillMerge.Decide(Undo(3), merged["a"], [Skill.Evolve(merged["b"], Newer)])).ShouldBe("newer-history");
    }

    [Fact]
    public void A_merge_descends_from_its_survivor_and_goes_into_quarantine_with_it()
    {
        var merged = Skill.Evolve(Apply(SkillMerge.Decide(Command, A, [B]), A, B)["a"], Tiered(3, "merged", Tier.Q, Tier.T1));

        SkillDecider.Decide(new SkillCommand.Revoke(2, "leaks"), merged).ShouldBeOfType<Decision.Accepted>().Events
            .OfType<TierDecided>().ShouldHaveSingleItem().Version.ShouldBe(3);
    }

    private static SkillMerge.Undo Undo(int version) => new(version, "they differ");

    private static Dictionary<string, Skill> Apply(MergeDecision decision, params Skill[] skills)
    {
        var accepted = decision.ShouldBeOfType<MergeDecision.Accepted>().PerSkill;
        accepted.Select(e => e.SkillId).ShouldBe(skills.Select(s => s.Id), ignoreOrder: true);
        return accepted.ToDictionary(e => e.SkillId, e => e.Events.Aggregate(skills.Single(s => s.Id == e.SkillId), Skill.Evolve), StringComparer.Ordinal);
    }

    private static IEnumerable<(string, string)> Text(MergeDecision decision) =>
        decision.ShouldBeOfType<MergeDecision.Accepted>().PerSkill.Select(e => (e.SkillId, EventText.Of(e.Events)));

    private static string Code(MergeDecision decision) => decision.ShouldBeOfType<MergeDecision.Refused>().Code;
}
