using System.Text;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;

namespace Pipeline.Domain.Tests.Skills.Tiers;

public sealed class TierAllowanceTests
{
    private static readonly PackageFile[] Files =
    [
        Text("SKILL.md", "Ask https://api.example.org/v1 and then `curl https://two.example.net`."), Text("scripts/run.sh", "echo"), Text("references/more.md", "Read."), Text("tool.py", "import os"),
    ];

    [Fact]
    public void Each_tier_permits_what_the_one_below_does_and_something_more() =>
        Enum.GetValues<Tier>().Select(TierAllowance.Of).ShouldBe([Allowance.Nothing, Allowance.Instructions, Allowance.Instructions, Allowance.Scripts, Allowance.Hosts]);

    [Fact]
    public void What_a_package_brings_and_its_tier_does_not_permit_is_named()
    {
        TierAllowance.Withheld(Tier.T1, Files).ShouldBe(["host api.example.org", "host two.example.net", "script scripts/run.sh", "script tool.py"]);
        TierAllowance.Withheld(Tier.T2, Files).ShouldBe(TierAllowance.Withheld(Tier.T1, Files));
        TierAllowance.Withheld(Tier.T3, Files).ShouldBe(["host api.example.org", "host two.example.net"]);
        TierAllowance.Withheld(Tier.T4, Files).ShouldBeEmpty();
        TierAllowance.Withheld(Tier.T1, [Text("SKILL.md", "Read the manual.")]).ShouldBeEmpty();
    }

    [Fact]
    public void A_script_is_given_out_from_T3_on_and_the_refusal_says_so()
    {
        TierAllowance.WhyNot(Tier.T2, Files[1]).ShouldBe("scripts/run.sh is a script, and scripts need T3: this version is at T2");
        TierAllowance.WhyNot(Tier.T3, Files[1]).ShouldBeNull();
        TierAllowance.WhyNot(Tier.T1, Files[2]).ShouldBeNull();
    }

    [Theory]
    [InlineData("scripts/readme.md", "Read.")]
    [InlineData("Scripts/run.sh", "echo")]
    [InlineData("notes.md", "#!/bin/sh\nrm -r /")]
    [InlineData("notes.md", "\uFEFF#!/usr/bin/env python\n")]
    [InlineData("data.json", "#!/usr/bin/node\n")]
    [InlineData("tool.py", "import os")]
    [InlineData("assets/logo.png", "import os")]
    [InlineData("Makefile", "all:\n\trm -r /")]
    [InlineData("tool.bin", "\u007FELF\0")]
    public void What_is_there_to_be_run_is_a_script_whatever_it_is_called(string path, string text) => TierAllowance.IsScript(Text(path, text)).ShouldBeTrue();

    [Theory]
    [InlineData("SKILL.md", "#!/bin/sh\n")]
    [InlineData("references/scripts.md", "`run.sh` is not here")]
    [InlineData("assets/table.csv", "a,b")]
    [InlineData("assets/form.json", "{}")]
    [InlineData("assets/logo.PNG", "\u0089PNG\0")]
    public void Text_data_and_pictures_are_none(string path, string text) => TierAllowance.IsScript(Text(path, text)).ShouldBeFalse();

    [Fact]
    public void Whatever_may_be_executed_is_a_script_but_SKILL_md_is_always_instructions()
    {
        TierAllowance.IsScript(Text("references/more.md", "Read.") with { Mode = PackageFile.Executable }).ShouldBeTrue();
        TierAllowance.IsScript(Text("SKILL.md", "Read.") with { Mode = PackageFile.Executable }).ShouldBeFalse();
        TierAllowance.IsScript(new("huge.py", PackageFile.Regular, new byte[2 << 20])).ShouldBeTrue();
    }

    private static PackageFile Text(string path, string text) => new(path, PackageFile.Regular, Encoding.UTF8.GetBytes(text));
}
