using System.Globalization;
using ModelContextProtocol;
using Pipeline.Infra.Packages;

namespace Pipeline.Functions.Mcp;

/// <summary><c>skill://ID@VERSION/PATH</c>: a file of a version's package. The id, since a name may be another skill's tomorrow; a name is understood, too.</summary>
internal sealed record SkillUri(string Skill, int Version, string Path)
{
    public const string Template = Scheme + "{id}@{version}/{+path}";

    private const string Scheme = "skill://";

    public static string Of(string skill, int version, string path) =>
        string.Create(CultureInfo.InvariantCulture, $"{Scheme}{Uri.EscapeDataString(skill)}@{version}/{string.Join('/', path.Split('/').Select(Uri.EscapeDataString))}");

    /// <summary>Read as text: a general reader of addresses would quietly take dots out of the path, which would hide what was asked for.</summary>
    /// <exception cref="McpException">It is none.</exception>
    public static SkillUri Parse(string uri)
    {
        if (uri.StartsWith(Scheme, StringComparison.Ordinal) && uri.IndexOf('/', Scheme.Length) is > 0 and var slash
            && uri[Scheme.Length..slash] is var named && named.LastIndexOf('@') is > 0 and var at
            && int.TryParse(named[(at + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var version))
        {
            var path = Uri.UnescapeDataString(uri[(slash + 1)..]);
            return PackagePaths.Fault(path) is { } fault ? throw new McpException($"{fault}; a resource is a file of a skill's package") : new(Uri.UnescapeDataString(named[..at]), version, path);
        }

        throw new McpException($"a resource looks like {Template}, for example skill://renew-loan@3/SKILL.md");
    }
}
