using System.Text.RegularExpressions;

namespace Pipeline.Domain.Validation.Security.Reading;

/// <summary>Names of files that some text of a package has run: they are programs, whatever they are called.</summary>
internal static partial class RunNames
{
    /// <returns>Without folders, in lower case.</returns>
    public static HashSet<string> Of(IEnumerable<UnpackedFile> files)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var text in files.Select(f => FileText.Of(f.Content)).SelectMany(t => new[] { t.Text, t.Other }).OfType<string>())
            foreach (var match in Run().EnumerateMatches(text))
                names.Add(NameOf(text.Substring(match.Index, match.Length)));
        return names;
    }

    public static string NameOf(string path) => path[(path.LastIndexOfAny(['/', '!', ' ', '\t', '"', '\'', '\\']) + 1)..].TrimEnd('.').ToLowerInvariant();

    [GeneratedRegex("""(\b((ba|z|da|k|fi)?sh|python[0-9.]*|node|deno run|bun|perl|ruby|php|pwsh|powershell|source|exec|chmod \+x)([ \t]+-[\w-]+)*[ \t]+|(^|[\s`(;&|])\.[ \t]+|\./)["']?[\w./\\-]{1,200}""",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Run();
}
