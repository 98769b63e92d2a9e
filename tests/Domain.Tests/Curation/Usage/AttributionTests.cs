using Pipeline.Domain.Curation.Usage;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using static Pipeline.Domain.Tests.Curation.Library;

namespace Pipeline.Domain.Tests.Curation.Usage;

/// <summary>Which version a run counts for.</summary>
public sealed class AttributionTests
{
    private static readonly AFamily s_second = new AFamily(Renew).Admit(Renewals(4)).Curate().Admit(Fined(8)).Curate();
    private static readonly Skill s_skill = s_second.Skill;
    private static readonly string s_first = s_skill.Version(1)!.PackageDigest;

    [Fact]
    public void A_digest_says_which_version_it_was_whatever_the_number_says() => Of(new SkillReference(s_skill.Id, 2, s_first)).ShouldBe(new(1));

    [Fact]
    public void Without_a_digest_the_number_says_it() => Of(new SkillReference(s_skill.Id, 2, null)).ShouldBe(new(2));

    [Fact]
    public void A_digest_is_enough_whatever_the_copy_is_called() => Of(new SkillReference("a-copy", null, s_first)).ShouldBe(new(1));

    [Fact]
    public void A_name_alone_is_an_unknown_version()
    {
        Of(new SkillReference(s_skill.Id, null, null)).ShouldBe(Exposure.OfUnknownVersion);
        Of(new SkillReference(s_skill.Id, 9, null)).ShouldBe(Exposure.OfUnknownVersion);
        Of(new SkillReference(s_skill.Id, 1, "sha256:changed")).ShouldBe(Exposure.OfUnknownVersion);
    }

    [Fact]
    public void Another_skill_is_no_exposure()
    {
        Of(new SkillReference("another", 1, null)).ShouldBeNull();
        Of(new SkillReference("another", 1, "sha256:another")).ShouldBeNull();
        Of().ShouldBeNull();
    }

    [Fact]
    public void A_package_that_was_gone_back_to_is_one_with_the_old_one()
    {
        var back = s_second.After(new SkillCommand.RollBack(1, "worse")).Skill;

        Attribution.Of(Use.Of(back.Id, 1).Run(1, true).Evidence, back).ShouldBe(new(3));
        Attribution.Of(Use.Of(back.Id, null, s_first).Run(1, true).Evidence, back).ShouldBe(new(3));
        Attribution.Of(Use.Of(back.Id, 2).Run(1, true).Evidence, back).ShouldBe(new(2));
    }

    [Fact]
    public void Two_versions_at_once_are_neither() => Of(new SkillReference(s_skill.Id, 1, null), new SkillReference(s_skill.Id, 2, null)).ShouldBe(Exposure.OfUnknownVersion);

    private static Exposure? Of(params SkillReference[] loaded) => Attribution.Of(new Use(loaded).Run(1, true).Evidence, s_skill);
}
