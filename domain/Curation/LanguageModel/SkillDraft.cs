using System.Text;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.LanguageModel;

/// <summary>A SKILL.md cut at its second-level headings, so that one section can be put in place of another and all else stays as it was.</summary>
/// <param name="Head">All before the first section: frontmatter and title.</param>
public sealed record SkillDraft(string Head, IReadOnlyList<SkillSection> Sections)
{
    private const string DescriptionKey = "description: ";

    public static SkillDraft Of(string markdown)
    {
        var first = markdown.StartsWith("## ", StringComparison.Ordinal) ? 0 : markdown.IndexOf("\n## ", StringComparison.Ordinal);
        return new(first < 0 ? markdown : markdown[..(first + 1)], SkillDocument.SectionsOf(markdown));
    }

    public SkillSection? Find(string heading) => Sections.FirstOrDefault(s => s.Heading == heading);

    /// <summary>With the text under this heading; a heading that is new comes last.</summary>
    public SkillDraft With(string heading, string text) => Find(heading) is null
        ? this with { Sections = [.. Sections, new(heading, text)] }
        : this with { Sections = [.. Sections.Select(s => s.Heading == heading ? s with { Text = text } : s)] };

    /// <summary>With another description in the frontmatter, where there is one on a line of its own.</summary>
    public SkillDraft WithDescription(string description) =>
        this with { Head = string.Join('\n', Head.Split('\n').Select(l => l.StartsWith(DescriptionKey, StringComparison.Ordinal) ? SkillDocument.DescriptionLine(description) : l)) };

    public string Markdown()
    {
        var text = new StringBuilder(Head.TrimEnd('\n')).Append('\n');
        foreach (var section in Sections) text.Append("\n## ").Append(section.Heading).Append("\n\n").Append(section.Text).Append('\n');
        return text.ToString();
    }
}
