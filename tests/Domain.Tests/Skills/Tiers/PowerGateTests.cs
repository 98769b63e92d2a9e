using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using static Pipeline.Domain.Skills.SkillEvent;
using static Pipeline.Domain.Tests.Skills.SomeSkill;

namespace Pipeline.Domain.Tests.Skills.Tiers;

/// <summary>A new host, command, script or permission means quarantine whatever the votes.</summary>
public sealed class PowerGateTests
{
    private static readonly ATrust Grown = ATrust.Of().CanDo("one", "command git").AtLeast(Tier.T2).Followed()
        .With(Improved(2, "two")).CanDo("two", "command git", "host evil.example").AtLeast(Tier.T2, "two");

    private const string Denial = "T1: brings host evil.example: security has to pass on it and a person other than its author has to approve it";

    [Fact]
    public void What_a_version_brings_beyond_its_parent_keeps_it_in_quarantine_whatever_the_votes() => Grown.Judged("platform", text: "two").ShouldBe(Tier.Q, Denial);

    [Fact]
    public void Milder_gates_let_it_be_searched_and_no_more() => (Grown with { Gates = ATrust.Strict with { UnapprovedPowers = Tier.T1 } }).ShouldBe(Tier.T1, Denial.Replace("T1", "T2"));

    [Fact]
    public void A_person_who_approves_lets_it_through() => Grown.Approved(text: "two").Decide(2).To.ShouldBe(Tier.T3);

    [Fact]
    public void Who_approved_the_parent_has_not_approved_it() => Grown.Approved(text: "one").ShouldBe(Tier.Q, Denial);

    [Fact]
    public void A_first_version_brings_nothing_that_was_not_there() => ATrust.Of().CanDo("one", "host a.example").AtLeast(Tier.T2).Decide().To.ShouldBe(Tier.T2);

    [Fact]
    public void What_slipped_in_unapproved_is_new_in_the_next_version_too()
    {
        var next = Grown.With(Improved(3, "three")).CanDo("three", "command git", "host evil.example").AtLeast(Tier.T2, "three");
        next.ShouldBe(Tier.Q, Denial);
        next.Approved(text: "two").Decide(3).To.ShouldBe(Tier.T2);
        Grown.With(Improved(3, "three")).CanDo("three", "command git").AtLeast(Tier.T2, "three").Decide(3).To.ShouldBe(Tier.T2);
    }

    [Fact]
    public void A_roll_back_to_it_does_not_let_it_through() => Grown.With(Improved(3, "three"), new SkillRolledBack(4, 2, DigestOf("two"), "")).CanDo("three").ShouldBe(Tier.Q, Denial);

    [Fact]
    public void A_package_that_was_not_read_does_not_get_through() => (Grown with { Powers = Grown.Powers.Remove(DigestOf("two")) }).Decide(2).To.ShouldBe(Tier.Q);

    [Fact]
    public void A_merge_may_do_what_either_parent_could_that_was_let_through()
    {
        var other = Reference("bow", 1, "bow");
        var merged = ATrust.Of().CanDo("one", "command git").AtLeast(Tier.T2).Followed()
            .With(new SkillMerged(2, [Reference("greet", 1, "one"), other], Content("both"))).CanDo("both", "command git", "host b.example").AtLeast(Tier.T2, "both");
        ATrust Lent(SkillPowers powers) => merged with { Parents = merged.Parents.SetItem(other, new(Tier.T2, powers)) };

        Lent(new(["host b.example"])).Decide(2).To.ShouldBe(Tier.T2);
        Lent(SkillPowers.None).Decide(2).To.ShouldBe(Tier.Q);
        merged.Decide(2).To.ShouldBe(Tier.Q);
    }

    [Fact]
    public void Powers_are_told_from_every_file()
    {
        var package = Package.OfText(
            ("SKILL.md", "---\nname: a\nallowed-tools: Bash(git:*) Read\ndescription: d\n---\n\n# A\n\nRun `git push` against https://user@API.Example.com:8443/x.\nThe `order id` is said.\n\n```bash\n$ sudo make install | tee log\n```\n\n```json\n{\"rm\": 1}\n```\n"),
            ("references/more.md", "See http://docs.example.org.\n~~~\ncurl -s x\n~~~\n"),
            ("scripts/run.sh", "#!/bin/sh\ndocker build .\n"), ("scripts/go.py", "print(1)\n"));

        SkillPowers.In(package).Names.Select(n => n.StartsWith("script scripts/go.py", StringComparison.Ordinal) ? "script scripts/go.py" : n).ShouldBe(
        [
            "command curl", "command docker build", "command git push", "command make install", "command sudo", "command tee",
            "host api.example.com:8443", "host docs.example.org", "permission Bash(git:*)", "permission Read", "script scripts/go.py", "script scripts/run.sh",
        ]);
    }

    [Fact]
    public void A_permission_counts_in_whatever_form_it_is_asked_for()
    {
        foreach (var form in new[] { "allowed-tools: [Bash, \"Write\"]", "allowed-tools:\n  - Bash\n  - Write", "\"allowed_tools\": Bash, Write", "Allowed-Tools:\n- Bash\n- 'Write'" })
            SkillPowers.In(Package.OfText(("SKILL.md", $"---\nname: a\n{form}\nlicense: MIT\n---\n"))).Names.ShouldBe(["permission Bash", "permission Write"], form);
    }

    [Fact]
    public void A_program_that_changed_may_do_anything_and_is_new()
    {
        SkillPowers Of(string text) => SkillPowers.In(Package.OfText(("scripts/go.py", text)));
        Of("a()").Beyond(Of("b()")).Names.ShouldHaveSingleItem();
        SkillPowers.In(Package.Of([new("data.bin", PackageFile.Regular, [0, 1])])).Names.ShouldHaveSingleItem();
    }
}
