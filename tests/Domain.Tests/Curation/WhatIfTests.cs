using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Tests.Curation;

public sealed class WhatIfTests
{
    private const string Skill = "library-renew-loan";

    private static RecordedHistory Eventful() => new RecordedHistory().Learn(Library.Renewals(4))
        .ByHand(Skill, new SkillEvent.SkillRetired(RetirementCause.ByHand, "not now")).Learn(Library.Renewals(6, from: 5), looks: false)
        .ByHand(Skill, new SkillEvent.SkillReinstated("now")).Look().Learn(Library.Fined(14));

    [Fact]
    public void Under_the_policy_that_was_active_nothing_differs()
    {
        var (decisions, run) = Eventful().WhatIf(AFamily.Default);

        decisions.Count.ShouldBeGreaterThan(3);
        decisions.ShouldAllBe(d => !d.Differs);
        decisions.Where(d => d.Recorded?.Version > 0).ShouldAllBe(d => d.Recorded == d.WouldBe);
        run.Library.ShouldHaveSingleItem().Differs.ShouldBeFalse();
        run.InVain.ShouldBeEmpty();
    }

    [Fact]
    public void A_policy_that_asks_for_more_decides_later_and_says_why()
    {
        var (decisions, run) = new RecordedHistory().Learn(Library.Renewals(9)).WhatIf(AFamily.Default with { Id = "strict", MinSuccesses = 6, MinTasks = 6 });

        var early = decisions.First(d => d.Recorded?.Operation == CurationOperation.Create);
        (early.Point, early.Differs, early.WouldBe).ShouldBe((3, true, null));
        early.Why.ShouldBe("as before: 3 verified successes of 3 tasks; a version needs 6 of 6");
        var late = decisions.First(d => d.WouldBe?.Operation == CurationOperation.Create);
        (late.Point, late.Recorded, late.Differs).ShouldBe((6, null, true));
        run.Library.Single().WouldBe!.Versions.ShouldBe(1);
    }

    [Fact]
    public void What_people_did_to_a_skill_that_would_not_be_there_is_listed()
    {
        var (_, run) = Eventful().WhatIf(AFamily.Default with { Id = "never", MinSuccesses = 50, MaxEpisodes = 80 });

        run.InVain.Select(v => (v.SkillId, v.Event)).ShouldBe([(Skill, "skill_retired"), (Skill, "skill_reinstated")]);
        run.Library.Single().WouldBe.ShouldBeNull();
    }

    [Fact]
    public void What_somebody_imported_is_in_both_libraries()
    {
        var history = new RecordedHistory().ByHand("written", Written("written")).ByHand(Skill, Written(Skill)).Learn(Library.Renewals(4));

        var (decisions, run) = history.WhatIf(AFamily.Default);

        decisions.ShouldAllBe(d => !d.Differs);
        run.Library.Select(s => s.SkillId).ShouldContain("written");
        // The learned one had to go by another name, and would again.
        run.Library.Count(s => s.SkillId.StartsWith(Skill, StringComparison.Ordinal)).ShouldBe(2);
        run.Library.ShouldAllBe(s => !s.Differs);
    }

    private static SkillEvent.SkillCreated Written(string name) => new()
    {
        SkillId = name,
        Name = name,
        Origin = SkillOrigin.Imported,
        FamilyId = "",
        Environment = "",
        Kind = SkillKind.Functional,
        Content = new() { Description = "d", Package = Package.OfText((Package.SkillFile, name)).Manifest, Composer = new("import", "1"), Rationale = "imported" },
    };
}
