using System.Text;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Domain.Validation.Spec;
using Pipeline.Infra.Packages;

namespace Pipeline.Infra.Tests.Packages;

public sealed class SpecFrontmatterTests
{
    private const string Required = "name: renew-loan\ndescription: Renews a loan.\n";

    [Theory]
    [InlineData("license: yes\n", "yes")]
    [InlineData("license: 1.0\n", "1.0")]
    [InlineData("license: 2024-01-01\n", "2024-01-01")]
    [InlineData("license: ~\n", "~")]
    [InlineData("license:\n", "")]
    [InlineData("license: 'it''s'\n", "it's")]
    [InlineData("license: \"a\\u00e9\\n\"\n", "aé\n")]
    [InlineData("license: >-\n  one\n  two\n", "one two")]
    [InlineData("license: one\n  two\n", "one two")]
    [InlineData("license: a:b # said\n", "a:b")]
    public void Every_scalar_is_text(string yaml, string text) => Read(yaml).Text("license").ShouldBe(text);

    [Theory]
    [InlineData("license: [MIT]\n", "JSONesque flow mapping")]
    [InlineData("metadata:\n  a: {}\n", "JSONesque flow mapping")]
    [InlineData("license: &x MIT\n", "disallowed anchor token")]
    [InlineData("license: *x\n", "found undefined alias 'x'")]
    [InlineData("license: !!str MIT\n", "disallowed tag tokens")]
    [InlineData("name: again\n", "Duplicate key 'name' found")]
    [InlineData("license: a: b\n", "mapping values are not allowed here")]
    [InlineData("license: - a\n", "sequence entries are not allowed here")]
    [InlineData("license:\tMIT\n", "found character '\\t' that cannot start any token")]
    [InlineData("metadata:\n  a:\n    x: y\n  b:\n      z: y\n", "inconsistent with previous mapping")]
    [InlineData("<<: a\n", "for merging")]
    [InlineData("license: \"a\n", "found unexpected end of stream")]
    [InlineData("license: a\n...\nmore\n", "another document")]
    [InlineData("license: a\u0001\n", "special characters are not allowed")]
    [InlineData("? - a\n: b\n", "found unhashable key")]
    [InlineData("? : #\n", "found none")]
    [InlineData("license: `a`\n", "cannot start any token")]
    public void What_strict_YAML_has_not_is_refused(string yaml, string said)
    {
        var read = Read(yaml);

        read.Problem.ShouldStartWith("Invalid YAML in frontmatter: ");
        read.Problem.ShouldContain(said);
        read.Fields.ShouldBeEmpty();
    }

    [Fact]
    public void A_fault_names_its_line_in_the_file()
    {
        Read("license: [MIT]\n").Line.ShouldBe(4);
        SpecFrontmatter.Read("---\nname: a: b\n---\n").Problem.ShouldBe(
            "Invalid YAML in frontmatter: mapping values are not allowed here\n  in \"<unicode string>\", line 2, column 8:\n    name: a: b\n           ^ (line: 2)");
    }

    [Fact]
    public void A_long_line_is_shown_around_the_fault()
    {
        var read = SpecFrontmatter.Read($"---\nname: {new string('a', 60)}: {new string('é', 60)}\n---\n");

        read.Problem.ShouldContain($"\n     ... {new string('a', 32)}: {new string('é', 30)} ... \n    {new string(' ', 37)}^ (line: 2)");
    }

    [Theory]
    [InlineData("name: a\n", "SKILL.md must start with YAML frontmatter (---)")]
    [InlineData("\ufeff---\nname: a\n---\n", "SKILL.md must start with YAML frontmatter (---)")]
    [InlineData("---\nname: a\n", "SKILL.md frontmatter not properly closed with ---")]
    [InlineData("---\n---\n", "SKILL.md frontmatter must be a YAML mapping")]
    [InlineData("---\n- a\n---\n", "SKILL.md frontmatter must be a YAML mapping")]
    public void Without_a_frontmatter_there_is_nothing_to_read(string markdown, string said) => SpecFrontmatter.Read(markdown).Problem.ShouldBe(said);

    [Fact]
    public void Three_hyphens_end_it_in_the_midst_of_a_line_too()
    {
        var read = SpecFrontmatter.Read("---\r\nname: a\r\ndescription: one --- two\r\n---\r\nBody\r\n");

        read.Text("description").ShouldBe("one");
        read.Body.ShouldBe("two\n---\nBody");
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused_with_their_place() =>
        SpecFrontmatter.Read([.. "---\n"u8, 0xff]).Problem.ShouldBe("SKILL.md is not UTF-8: byte 5 belongs to no character; save it as UTF-8");

    [Fact]
    public void Neither_depth_nor_size_nor_aliases_cost_more_than_a_refusal()
    {
        var deep = string.Concat(Enumerable.Range(0, 200).Select(i => $"{new string(' ', i)}a:\n"));
        var bomb = "a: &a x\n" + string.Concat(Enumerable.Range(0, 40).Select(i => $"b{i}: &b{i} [*a, *a]\n"));

        Read(deep).Problem.ShouldContain("nested deeper");
        Read(new string('a', 100_000) + ": b\n").Problem.ShouldContain("more than 65536 characters");
        Read(bomb).Problem.ShouldContain("disallowed anchor token");
        Read("a: " + new string('[', 60_000)).Problem.ShouldStartWith("Invalid YAML");
    }

    [Fact]
    public void What_it_reads_is_judged_with_every_error()
    {
        var errors = SkillSpecification.Errors(SpecFrontmatter.Read("---\nname: -My--Skill_\nextra: a\nanother: b\n---\n"), "folder");

        errors.Select(e => e.Message).ShouldBe([
            "Unexpected fields in frontmatter: another, extra. Only ['allowed-tools', 'compatibility', 'description', 'license', 'metadata', 'name'] are allowed.",
            "Skill name '-My--Skill_' must be lowercase",
            "Skill name cannot start or end with a hyphen",
            "Skill name cannot contain consecutive hyphens",
            "Skill name '-My--Skill_' contains invalid characters. Only letters, digits, and hyphens are allowed.",
            "Directory name 'folder' must match skill name '-My--Skill_'",
            "Missing required field in frontmatter: description",
        ]);
    }

    private static FrontmatterReading Read(string more) => SpecFrontmatter.Read(Encoding.UTF8.GetBytes($"---\n{Required}{more}---\nText\n"));

    [Theory]
    [InlineData("---\nname: a\n\"allowed\\u002dtools\": Bash\n---\n")]
    [InlineData("---\rname: a\rallowed-tools: Bash\r---\r")]
    [InlineData("---name: a\nallowed-tools: Bash\n---\n")]
    [InlineData("---\nname: a\nallowed-tools: >-\n  Bash\n---\n")]
    public void A_permission_is_a_power_in_whatever_form_the_specification_reads_it(string markdown)
    {
        var powers = SkillPowers.In(Package.OfText((Package.SkillFile, markdown)), SpecFrontmatter.Read(markdown)).Names;
        powers.ShouldHaveSingleItem().ShouldBeOneOf("permission Bash", $"frontmatter that cannot be read {Digest.Of(markdown)}");
    }
}
