using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

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
        var end = lines.Length > 0 && lines[0].TrimEnd() == Fence ? Array.FindIndex(lines, 1, l => l.TrimEnd() == Fence) : -1;
        var (name, description) = end > 0 ? Fields(string.Join('\n', lines[1..end])) : ("", "");
        if (description.Length == 0) description = lines.Skip(end + 1).Select(l => l.Trim(' ', '#', '\t')).FirstOrDefault(l => l.Length > 0) ?? "";
        return new(name.Trim(), description.Length <= LongestDescription ? description.Trim() : description[..LongestDescription]);
    }

    private static (string Name, string Description) Fields(string yaml)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            return stream.Documents is [{ RootNode: YamlMappingNode map }, ..] ? (Scalar(map, "name"), Scalar(map, "description")) : ("", "");
        }
        catch (YamlException)
        {
            return ("", "");
        }
    }

    private static string Scalar(YamlMappingNode map, string key) =>
        map.Children.TryGetValue(new YamlScalarNode(key), out var value) && value is YamlScalarNode { Value: { } text } ? text : "";
}
