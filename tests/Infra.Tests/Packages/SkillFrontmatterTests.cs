using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Infra.Packages;

namespace Pipeline.Infra.Tests.Packages;

public sealed class SkillFrontmatterTests
{
    [Theory]
    [InlineData("---\nname: renew\ndescription: When due.\n---\n\n# Renew\n")]
    [InlineData("\ufeff---\nname: renew\ndescription: When due.\n---\n")]
    [InlineData("---\r\nname: renew\r\ndescription: When due.\r\n---\r\n# Renew\r\n")]
    [InlineData("---  \ndescription: \"When due.\"\nname: 'renew'\nlicense: MIT\nmetadata:\n  name: other\n  more: [a, {description: no}]\n---\n")]
    [InlineData("---\nname: &n renew\ndescription: >-\n  When\n  due.\n---\n")]
    [InlineData("---\nfirst: &d When due.\nname: renew\ndescription: *d\n---\n")]
    [InlineData("---\n[odd, key]: x\nname: renew\nname: twice\ndescription: |\n\n  When due.\n---\n")]
    public void Name_and_description_are_read_however_they_are_written(string markdown) => SkillFrontmatter.Read(markdown).ShouldBe(new("renew", "When due."));

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("---")]
    [InlineData("---\n---\n")]
    [InlineData("---\nname: [a]\ndescription: {b: c}\n---\n")]
    public void Where_nothing_is_stated_nothing_is_read(string markdown)
    {
        var read = SkillFrontmatter.Read(markdown);

        read.Name.ShouldBe("");
        read.Description.ShouldBeOneOf("", "---");
    }

    [Theory]
    [InlineData("# Renew a loan\n\nText.")]
    [InlineData("\n\n##   Renew a loan  \n")]
    [InlineData("---\nname: [\n---\n# Renew a loan\n")]
    [InlineData("---\njust text\n---\n\n# Renew a loan\n")]
    [InlineData("---\na: b: c\n---\nRenew a loan\n")]
    public void Without_a_description_the_first_line_of_text_is_it(string markdown) => SkillFrontmatter.Read(markdown).ShouldBe(new("", "Renew a loan"));

    [Fact]
    public void A_description_of_several_lines_keeps_them() =>
        SkillFrontmatter.Read("---\ndescription: |\n  one\n  two\n---\n").Description.ShouldBe("one\ntwo");

    [Fact]
    public void A_long_description_is_cut_between_characters()
    {
        var read = SkillFrontmatter.Read($"---\ndescription: {new string('a', 1023)}😀😀\n---\n").Description;

        read.ShouldBe(new string('a', 1023));
        SkillFrontmatter.Read(new string('a', 1023) + "😀").Description.ShouldBe(read);
    }

    [Theory]
    [InlineData("\"a\\0b\"", "a b")]
    [InlineData("\"a\\x1bb\"", "a b")]
    [InlineData("\"a\\n\\n\"", "a")]
    public void What_an_event_cannot_hold_is_left_out(string yaml, string description) =>
        SkillFrontmatter.Read($"---\ndescription: {yaml}\n---\n").Description.ShouldBe(description);

    [Fact]
    public void Half_a_character_written_as_an_escape_is_none()
    {
        var read = SkillFrontmatter.Read("---\nname: renew\ndescription: \"a\\ud83d\"\n---\nText\n");

        read.Description.EnumerateRunes().ShouldAllBe(r => r.Value != 0xd83d);
        Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(read.Description)).ShouldBe(read.Description);
    }

    [Fact]
    public void Aliases_of_aliases_cost_nothing()
    {
        var bomb = new StringBuilder("---\na0: &a0 [x, x]\n");
        for (var i = 1; i < 60; i++) bomb.Append($"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n");
        bomb.Append("? *a59\n: key\n? [*a59, *a59]\n: key\nname: renew\ndescription: *a59\n---\nText\n");

        SkillFrontmatter.Read(bomb.ToString()).ShouldBe(new("renew", "Text"));
    }

    [Theory]
    [InlineData("name: ", '[', 60_000)]
    [InlineData("name: ", '[', 5_000_000)]
    [InlineData("", '[', 60_000)]
    [InlineData("? ", '{', 60_000)]
    public void Depth_does_not_bring_the_process_down(string yaml, char bracket, int depth) =>
        SkillFrontmatter.Read($"---\n{yaml}{new string(bracket, depth)}\n---\nText\n").ShouldBe(new("", "Text"));

    [Fact]
    public void Block_depth_is_no_matter_either()
    {
        var yaml = string.Join('\n', Enumerable.Range(0, 300).Select(i => new string(' ', i) + "a:"));

        SkillFrontmatter.Read($"---\n{yaml}\n---\nText\n").ShouldBe(new("", "Text"));
    }

    [Fact]
    public void Whatever_is_written_something_is_read()
    {
        var pieces = Gen.Elements("---", "\n", "name:", "description:", " ", "'", "\"", "[", "]", "{", "}", "&a", "*a", "|", ">", "- ", "?", ":", "#", "\t", "!!int", "%YAML", "a", "\\u", "😀", "\0");
        Prop.ForAll(pieces.ListOf(30).ToArbitrary(), parts =>
        {
            var read = SkillFrontmatter.Read("---\n" + string.Concat(parts) + "\n---\n");
            (read.Name + read.Description).ShouldAllBe(c => c == '\n' || !char.IsControl(c));
            read.Description.Length.ShouldBeLessThanOrEqualTo(1024);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000).WithQuietOnSuccess(true));
    }
}
