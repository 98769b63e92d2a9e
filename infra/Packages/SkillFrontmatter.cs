using System.Text;
using Pipeline.Infra.Yaml;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Pipeline.Infra.Packages;

/// <summary>Name and description as a SKILL.md states them, read leniently: what somebody wrote elsewhere may break every rule.</summary>
/// <param name="Name">Empty where it states none.</param>
/// <param name="Description">From the frontmatter, else the first line of text.</param>
public sealed record SkillFrontmatter(string Name, string Description)
{
    private const string Fence = "---";
    private const int LongestDescription = 1024;
    private const int LongestYaml = 64 * 1024;
    private const int Deepest = 32;

    public static SkillFrontmatter Read(string markdown)
    {
        var lines = markdown.TrimStart('\uFEFF').ReplaceLineEndings("\n").Split('\n');
        var end = lines[0].TrimEnd() == Fence ? Array.FindIndex(lines, 1, l => l.TrimEnd() == Fence) : -1;
        var (name, description) = end > 0 ? Fields(string.Join('\n', lines[1..end])) : ("", "");
        if (description.Length == 0) description = lines.Skip(end + 1).Select(l => l.Trim(' ', '#', '\t')).FirstOrDefault(l => l.Length > 0) ?? "";
        return new(name, Storable(description, LongestDescription));
    }

    // Event by event: a tree of what somebody else wrote can be deeper than the stack and, by its aliases, wider than the memory.
    private static (string Name, string Description) Fields(string yaml)
    {
        if (yaml.Length > LongestYaml) return ("", "");
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var anchored = new Dictionary<AnchorName, string>();
        try
        {
            var parser = new Parser(new StringReader(yaml));
            parser.Consume<StreamStart>();
            parser.Consume<DocumentStart>();
            if (!parser.TryConsume<MappingStart>(out _)) return ("", "");
            while (!parser.Accept<MappingEnd>(out _)) fields.TryAdd(Text(parser, anchored), Text(parser, anchored));
        }
        catch (Exception e) when (BrokenYaml.Is(e))
        {
            return ("", "");
        }
        return (fields.GetValueOrDefault("name", ""), fields.GetValueOrDefault("description", ""));
    }

    /// <summary>The next node's text; empty where it is a list or a mapping, which is passed over.</summary>
    private static string Text(Parser parser, Dictionary<AnchorName, string> anchored)
    {
        if (parser.TryConsume<AnchorAlias>(out var alias)) return anchored.GetValueOrDefault(alias.Value, "");
        if (parser.TryConsume<Scalar>(out var scalar))
        {
            var text = Storable(scalar.Value, LongestYaml);
            if (!scalar.Anchor.IsEmpty) anchored[scalar.Anchor] = text;
            return text;
        }
        var depth = 0;
        do
        {
            depth += parser.Consume<ParsingEvent>().NestingIncrease;
            if (depth > Deepest) throw new YamlException("nested too deep");
        }
        while (depth > 0);
        return "";
    }

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
