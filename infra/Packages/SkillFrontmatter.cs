using System.Text;
using Pipeline.Domain.Validation.Spec;

namespace Pipeline.Infra.Packages;

/// <summary>Name and description as a SKILL.md states them, read leniently: what somebody wrote elsewhere may break every rule.</summary>
/// <param name="Name">Empty where it states none.</param>
/// <param name="Description">From the frontmatter, else the first line of text.</param>
public sealed record SkillFrontmatter(string Name, string Description)
{
    private const string Fence = "---";
    private const int LongestDescription = 1024;

    public static SkillFrontmatter Read(string markdown)
    {
        var lines = markdown.TrimStart('\uFEFF').ReplaceLineEndings("\n").Split('\n');
        var end = lines[0].TrimEnd() == Fence ? Array.FindIndex(lines, 1, l => l.TrimEnd() == Fence) : -1;
        var (name, description) = end > 0 ? Fields(string.Join('\n', lines[1..end])) : ("", "");
        if (description.Length == 0) description = lines.Skip(end + 1).Select(l => l.Trim(' ', '#', '\t')).FirstOrDefault(l => l.Length > 0) ?? "";
        return new(name, Storable(description, LongestDescription));
    }

    private static (string Name, string Description) Fields(string yaml) =>
        FrontmatterYaml.Read(yaml).Mapping is { } mapping ? (Text(mapping, "name"), Text(mapping, "description")) : ("", "");

    private static string Text(FrontmatterValue.Mapping mapping, string field) =>
        mapping.Fields.GetValueOrDefault(field) is FrontmatterValue.Scalar scalar ? Storable(scalar.Text, FrontmatterYaml.Longest) : "";

    // No half characters and no control characters, which an event cannot hold; escapes in YAML can write both.
    private static string Storable(string text, int longest)
    {
        var kept = new StringBuilder();
        foreach (var rune in text.Trim().EnumerateRunes())
        {
            if (kept.Length + rune.Utf16SequenceLength > longest) break;
            kept.Append(Rune.IsControl(rune) && rune.Value is not '\n' ? " " : rune.ToString());
        }
        return kept.ToString().Trim();
    }
}
