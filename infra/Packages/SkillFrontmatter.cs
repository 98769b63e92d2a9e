using Pipeline.Infra.Postgres;
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
    private const int Deepest = 64;

    public static SkillFrontmatter Read(string markdown)
    {
        var lines = markdown.TrimStart('\uFEFF').ReplaceLineEndings("\n").Split('\n');
        var end = lines.Length > 0 && lines[0].TrimEnd() == Fence ? Array.FindIndex(lines, 1, l => l.TrimEnd() == Fence) : -1;
        var (name, description) = end > 0 ? Fields(string.Join('\n', lines[1..end])) : ("", "");
        if (description.Length == 0) description = lines.Skip(end + 1).Select(l => l.Trim(' ', '#', '\t')).FirstOrDefault(l => l.Length > 0) ?? "";
        return new(StorableText.Of(name).Trim(), StorableText.Of(description.Length <= LongestDescription ? description : description[..LongestDescription]).Trim());
    }

    // Event by event: YamlDotNet's own tree is built by recursion, and deep nesting would end the process.
    private static (string Name, string Description) Fields(string yaml)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            var parser = new Parser(new StringReader(yaml));
            parser.Consume<StreamStart>();
            if (!parser.TryConsume<DocumentStart>(out _) || !parser.TryConsume<MappingStart>(out _)) return ("", "");
            while (!parser.Accept<MappingEnd>(out _))
            {
                if (!parser.TryConsume<Scalar>(out var key) && !TrySkip(parser)) return ("", "");
                if (parser.TryConsume<Scalar>(out var value)) fields.TryAdd(key?.Value ?? "", value.Value);
                else if (!TrySkip(parser)) return ("", "");
            }
        }
        catch (YamlException)
        {
            return ("", "");
        }
        return (fields.GetValueOrDefault("name", ""), fields.GetValueOrDefault("description", ""));
    }

    // Its scanner takes a time that is quadratic in the nesting.
    private static bool TrySkip(Parser parser)
    {
        var depth = 0;
        do
        {
            depth += parser.Consume<ParsingEvent>().NestingIncrease;
        }
        while (depth is > 0 and <= Deepest);
        return depth == 0;
    }
}
