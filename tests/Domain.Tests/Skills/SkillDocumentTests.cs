using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Tests.Skills;

public sealed class SkillDocumentTests
{
    private static readonly SkillDocument Document = new("renew-loan", "Renews.", "Renew", [new("When", "Often."), new("Steps", "1. One\n2. Two")]);

    [Fact]
    public void A_document_has_frontmatter_a_title_and_sections() => Document.Markdown().ShouldBe(
        "---\nname: renew-loan\ndescription: \"Renews.\"\n---\n\n# Renew\n\n## When\n\nOften.\n\n## Steps\n\n1. One\n2. Two\n");

    [Fact]
    public void What_was_written_is_read_back() => SkillDocument.SectionsOf(Document.Markdown()).ShouldBe(Document.Sections);

    [Theory]
    [InlineData("", 0)]
    [InlineData("# Title\n\ntext\n", 0)]
    [InlineData("## A", 1)]
    [InlineData("##A\n### B\n ## C\n## D\n", 1)]
    [InlineData("## A\r\ntext\r\n## A\r\n", 2)]
    public void Sections_begin_at_second_level_headings(string markdown, int sections) => SkillDocument.SectionsOf(markdown).Count.ShouldBe(sections);

    [Fact]
    public void Edits_say_what_was_added_removed_and_changed()
    {
        var edits = SkillDocument.Edits([new("A", "a"), new("B", "b"), new("C", "c")], [new("C", "cc"), new("A", "a"), new("D", "d")]);

        edits.ShouldBe(
        [
            new(SectionEditKind.Removed, "B", Digest.Of("b"), ""), new(SectionEditKind.Changed, "C", Digest.Of("c"), Digest.Of("cc")), new(SectionEditKind.Added, "D", "", Digest.Of("d")),
        ]);
        SkillDocument.Edits(Document.Sections, Document.Sections).ShouldBeEmpty();
        SkillDocument.Edits([new("A", "a"), new("A", "b")], [new("A", "a"), new("A", "c")]).ShouldHaveSingleItem().Kind.ShouldBe(SectionEditKind.Changed);
    }

    [Fact]
    public void A_long_description_is_cut_between_characters()
    {
        foreach (var length in new[] { 1022, 1023, 1024, 1025, 5000 })
        {
            var line = (Document with { Description = new string('a', length - 1) + string.Concat(Enumerable.Repeat("😀", 40)) }).Markdown().Split('\n')[2];

            line.Length.ShouldBeLessThanOrEqualTo("description: \"\"".Length + 1024);
            line.ShouldEndWith("…\"");
            line.ShouldNotContain('\ufffd');
        }
    }

    [Fact]
    public void Whatever_the_description_is_it_is_one_line_of_visible_characters() => Prop.ForAll(ArbMap.Default.ArbFor<string?>(), text =>
    {
        var lines = (Document with { Description = "\u2028\u0085\u202e😀\U000e0041\ud83d" + text }).Markdown().Split('\n');

        lines[3].ShouldBe("---");
        lines[2].ShouldStartWith("description: \"");
        lines[2].ShouldAllBe(c => !char.IsControl(c) && c != '\u2028' && c != '\u202e');
        lines[2].ShouldContain("😀\\U000e0041");
    }).Check(Properties.Config());
}
