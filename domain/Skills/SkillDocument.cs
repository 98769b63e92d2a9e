using System.Globalization;
using System.Text;
using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Skills;

/// <summary>A SKILL.md: frontmatter with name and description (Agent Skills specification), a title, and sections.</summary>
public sealed record SkillDocument(string Name, string Description, string Title, IReadOnlyList<SkillSection> Sections)
{
    /// <summary>Of the Agent Skills specification, in characters.</summary>
    public const int LongestDescription = 1024;

    /// <summary>What the frontmatter says under <c>metadata</c>, in order.</summary>
    public IReadOnlyList<(string Key, string Value)> Metadata { get; init; } = [];

    public string Markdown()
    {
        var text = new StringBuilder();
        text.Append("---\n").Append("name: ").Append(IsWord(Name) ? Name : Quoted(Name)).Append('\n');
        text.Append(DescriptionLine(Description)).Append('\n');
        if (Metadata.Count > 0) text.Append("metadata:\n");
        foreach (var (key, value) in Metadata) text.Append("  ").Append(key).Append(": ").Append(Quoted(value)).Append('\n');
        text.Append("---\n\n");
        text.Append("# ").Append(Title).Append('\n');
        foreach (var section in Sections) text.Append("\n## ").Append(section.Heading).Append("\n\n").Append(section.Text).Append('\n');
        return text.ToString();
    }

    /// <summary>The line of the frontmatter that holds a description: one line whatever is in it.</summary>
    public static string DescriptionLine(string description) => $"description: {Quoted(Cut(description))}";

    /// <summary>The sections of a SKILL.md text by their second-level headings; what stands before the first is not among them.</summary>
    public static IReadOnlyList<SkillSection> SectionsOf(string markdown)
    {
        var sections = new List<SkillSection>();
        string? heading = null;
        var text = new StringBuilder();
        foreach (var line in markdown.Split('\n'))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                if (heading is not null) sections.Add(new(heading, text.ToString().Trim('\n')));
                heading = line[3..].Trim();
                text.Clear();
            }
            else
            {
                text.Append(line).Append('\n');
            }
        }
        if (heading is not null) sections.Add(new(heading, text.ToString().Trim('\n')));
        return sections;
    }

    /// <summary>The edit script by section that leads from one text to another.</summary>
    public static IReadOnlyList<SectionEdit> Edits(IReadOnlyList<SkillSection> before, IReadOnlyList<SkillSection> after)
    {
        var old = before.ToLookup(s => s.Heading, s => s.Text, StringComparer.Ordinal);
        var now = after.ToLookup(s => s.Heading, s => s.Text, StringComparer.Ordinal);
        return [.. before.Concat(after).Select(s => s.Heading).Distinct(StringComparer.Ordinal).SelectMany(heading => Edit(
            heading, old.Contains(heading) ? string.Join('\n', old[heading]) : null, now.Contains(heading) ? string.Join('\n', now[heading]) : null))];
    }

    private static IEnumerable<SectionEdit> Edit(string heading, string? before, string? after)
    {
        if (before == after) yield break;
        yield return new(
            before is null ? SectionEditKind.Added : after is null ? SectionEditKind.Removed : SectionEditKind.Changed,
            heading, before is null ? "" : Digest.Of(before), after is null ? "" : Digest.Of(after));
    }

    // A name that YAML does not take for a number, a date or a truth value.
    private static bool IsWord(string name) => name.Length > 0 && char.IsAsciiLetter(name[0]) && name.Contains('-', StringComparison.Ordinal);

    private static string Cut(string text)
    {
        if (text.Length <= LongestDescription) return text;
        var end = LongestDescription - 1;
        return text[..(char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)] + "…";
    }

    // A double-quoted YAML scalar. JSON's would be one but for characters beyond 16 bits: YAML readers refuse those in two halves.
    private static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var rune in text.ReplaceLineEndings(" ").EnumerateRunes())
        {
            if (rune.Value is '"' or '\\') quoted.Append('\\').Append((char)rune.Value);
            else if (IsPlain(rune)) quoted.Append(rune);
            else quoted.Append(rune.IsBmp ? $"\\u{rune.Value:x4}" : $"\\U{rune.Value:x8}");
        }
        return quoted.Append('"').ToString();
    }

    private static bool IsPlain(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}

public sealed record SkillSection(string Heading, string Text);
