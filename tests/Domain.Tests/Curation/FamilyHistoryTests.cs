using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using static Pipeline.Domain.Tests.Curation.Library;

namespace Pipeline.Domain.Tests.Curation;

/// <summary>A family as its evidence grows: what is decided, when, and which versions come of it.</summary>
public sealed class FamilyHistoryTests
{
    [Fact]
    public void Versions_come_as_what_is_done_changes_and_only_at_decision_points()
    {
        var family = new AFamily(Renew).Learn([.. Renewals(6), .. Enumerable.Range(10, 7).Select(WithFines), .. Enumerable.Range(30, 15).Select(WithFines)]);

        family.Family.Decisions.Select(d => (d.ThroughEvidence, d.Operation, d.Result?.Version)).ShouldBe(
        [
            (3, CurationOperation.Create, 1), (4, CurationOperation.Keep, null), (9, CurationOperation.Improve, 2), (13, CurationOperation.Improve, 3),
            (19, CurationOperation.Improve, 4), (28, CurationOperation.Improve, 5),
        ]);
        family.Skill.Versions.Select(v => v.Number).ShouldBe([1, 2, 3, 4, 5]);
        family.Text.ShouldContain("`check_fines`");
    }

    [Fact]
    public void Whatever_comes_decisions_stand_at_decision_points_and_versions_are_numbered_through() => Prop.ForAll(Histories, history =>
    {
        var family = new AFamily(Renew).Learn(history);

        family.Family.Decisions.ShouldAllBe(d => DecisionPoints.Includes(d.ThroughEvidence, AFamily.Default));
        family.Family.Decisions.Select(d => d.ThroughEvidence).ShouldBeUnique();
        family.Skill.Versions.Select(v => v.Number).ShouldBe(Enumerable.Range(1, family.Skill.Versions.Count));
        family.Family.Decisions.Select(d => d.Result).Where(r => r is not null).Select(r => (r!.Version, r.PackageDigest))
            .ShouldBe(family.Skill.Versions.Select(v => (v.Number, v.PackageDigest)));
        foreach (var (before, after) in family.Skill.Versions.Zip(family.Skill.Versions.Skip(1)))
            Revision.SaysTheSame(Sections(family, before), Sections(family, after)).ShouldBeFalse();
    }).Check(Properties.Config(200));

    [Fact]
    public void The_same_history_makes_the_same_versions() => Prop.ForAll(Histories, history =>
        new AFamily(Renew).Learn(history).Skill.Versions.Select(v => v.PackageDigest)
            .ShouldBe(new AFamily(Renew).Learn(history).Skill.Versions.Select(v => v.PackageDigest))).Check(Properties.Config(100));

    private static Arbitrary<IReadOnlyList<MinedEpisode>> Histories { get; } = Arb.From(
        from kinds in Gen.Choose(0, 30).SelectMany(length => Gen.Choose(0, 4).ListOf(length))
        select (IReadOnlyList<MinedEpisode>)[.. kinds.Select((kind, i) => kind switch
        {
            0 => Renewal(i).Mined(Renew),
            1 => WithFines(i),
            2 => Renewal(i, "find_reader_by_name").Mined(Renew),
            3 => ARun.Of(i).User("Please renew it, quickly").Fails("get_loan", new { loan_id = $"L-{7000 + i}" }, "Error: closed").Call(Renew, new { loan_id = $"L-{7000 + i}" }).Failed().Mined(Renew),
            _ => Renewal(i).EndedAs(new(true, 1, Domain.Trajectories.VerifiedBy.Self)).Mined(Renew),
        })]);

    private static IReadOnlyList<SkillSection> Sections(AFamily family, SkillVersion version) => Revision.SectionsOf(family.Texts[version.PackageDigest], family.Asides[version.PackageDigest]);

    private static MinedEpisode WithFines(int n) => FinedRenewal(n).Mined(Renew);
}
