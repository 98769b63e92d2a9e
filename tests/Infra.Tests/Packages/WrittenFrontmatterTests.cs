using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Skills;
using Pipeline.Infra.Packages;
using YamlDotNet.RepresentationModel;

namespace Pipeline.Infra.Tests.Packages;

/// <summary>What the skill writer writes is YAML that a reader of its own agrees with, whatever the names were.</summary>
public sealed class WrittenFrontmatterTests
{
    private static Gen<string> Text { get; } = Gen.OneOf(
        Gen.Elements("`", "\n---\n", "\n## Steps", ": ", "\"", "\\", "#", "😀", "\ud83d", "\ufeff", "\u2028", "\u0085", "\0", "\u202e", "<b>", "{{", "- a", "!!str", "&a", "*a", "%", "\t", "\uffff", "\U000e0041"),
        ArbMap.Default.ArbFor<string?>().Generator.Select(s => s ?? ""),
        Gen.Elements("\n", "😀", "\"", "x").Select(s => string.Concat(Enumerable.Repeat(s, 100_000))));

    [Fact]
    public void Frontmatter_is_valid_with_name_and_description() => Prop.ForAll(Text.ListOf(4).ToArbitrary(), t =>
    {
        var procedure = new Procedure
        {
            Environment = t[0],
            Effect = t[1],
            Triggers = [],
            Steps = [new([new(t[1], [new(t[2], [new ArgumentSource.Result(t[3], t[0])], false)])], false)],
            Preconditions = [new(t[2], t[3], t[0])],
            Checks = [new(t[1], t[2], t[3])],
            Pitfalls = [],
            AsksFirst = true,
            Repeats = true,
        };
        var document = SkillWriter.Write("library-renew-loan", procedure);

        Valid(document.Markdown(), "library-renew-loan", document.Description);
        document.Markdown().Split('\n').Length.ShouldBe(22);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(300).WithQuietOnSuccess(true));

    [Fact]
    public void Any_description_comes_back_as_it_was_but_for_line_ends_and_length() => Prop.ForAll(Text.ToArbitrary(), text =>
    {
        var description = string.Concat(("d" + text + "d").ReplaceLineEndings(" ").EnumerateRunes().Select(r => r.ToString()));
        Valid(new SkillDocument("a-b", "d" + text + "d", "T", []).Markdown(), "a-b", description.Length <= 1024 ? description : null);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true));

    [Theory]
    [InlineData("123")]
    [InlineData("2024-01-01")]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("1e3")]
    [InlineData("no")]
    public void A_name_that_YAML_would_take_for_something_else_is_quoted(string name) =>
        new SkillDocument(name, "d", "T", []).Markdown().Split('\n')[1].ShouldBe($"name: \"{name}\"");

    private static void Valid(string markdown, string name, string? description)
    {
        var lines = markdown.Split('\n');
        var stream = new YamlStream();
        stream.Load(new StringReader(string.Join('\n', lines[1..Array.IndexOf(lines, "---", 1)])));
        var map = stream.Documents.ShouldHaveSingleItem().RootNode.ShouldBeOfType<YamlMappingNode>();
        map.Children.Count.ShouldBe(2);
        map["name"].ToString().ShouldBe(name);
        var read = ((YamlScalarNode)map["description"]).Value!;
        if (description is not null) read.ShouldBe(description);
        read.Length.ShouldBeInRange(1, 1024);
        SkillFrontmatter.Read(markdown).Name.ShouldBe(name);
    }
}
