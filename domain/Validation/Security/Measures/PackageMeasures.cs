using System.Text.RegularExpressions;
using Pipeline.Domain.Validation.Security.Reading;

namespace Pipeline.Domain.Validation.Security.Measures;

/// <summary>What only the package as a whole shows, and what its text says of other places.</summary>
internal static partial class PackageMeasures
{
    private const int LongestPath = 400;

    public static IEnumerable<FileFact> OfPaths(IReadOnlyList<UnpackedFile> files)
    {
        var known = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var path in files.Select(f => f.Path))
        {
            if (path.Length is 0 or > LongestPath || path.Any(c => char.IsControl(c) || c is '\\' || Invisible.IsBidi(c) || Invisible.IsZeroWidth(c))
                || path.Split('/', '!').Any(p => p is ".." or "" || p[^1] is ' ' or '.') || (path.Length > 1 && path[1] == ':'))
                yield return new(SecurityMeasures.UnsafePath, path, path);
            if (!known.TryAdd(Folding.Fold(path).Text, path)) yield return new(SecurityMeasures.CollidingPaths, path, $"{known[Folding.Fold(path).Text]} and {path}");
        }
    }

    /// <summary>An order to run a script, at all times, that is not in the package: what it does cannot be judged.</summary>
    public static IEnumerable<Hit> MissingScripts(Layer bare, IReadOnlySet<string> names)
    {
        foreach (var (index, length) in Matches(StandingRun(), bare.Text))
        {
            var said = bare.Text.Substring(index, length);
            var name = ScriptName().Match(said).Value.ToLowerInvariant();
            if (!names.Contains(name[(name.LastIndexOf('/') + 1)..])) yield return bare.HitAt(SecurityMeasures.MissingScript, index, length);
        }
    }

    /// <summary>A link whose words are one address and whose target is another host.</summary>
    public static IEnumerable<Hit> MisleadingLinks(Layer whole)
    {
        foreach (var (index, length) in Matches(AddressedLink(), whole.Text))
        {
            var link = whole.Text.Substring(index, length);
            var middle = link.IndexOf("](", StringComparison.Ordinal);
            if (SiteOf(link[1..middle]) != SiteOf(link[(middle + 2)..])) yield return whole.HitAt(SecurityMeasures.MisleadingLink, index, length);
        }
    }

    /// <summary>Names of packages to install that are one slip of the keys away from a well-known one.</summary>
    public static IEnumerable<Hit> LookAlikes(Layer layer, IReadOnlyCollection<string> known)
    {
        foreach (var (index, length) in Matches(Install(), layer.Text))
        {
            var words = layer.Text.Substring(index, length).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            foreach (var word in words.Where(w => w.Length >= 5 && char.IsAsciiLetter(w[0])))
            {
                var name = word.Split('=', '<', '>', '[', '~', '!', ';', '@')[0].TrimEnd('.').Replace('_', '-').ToLowerInvariant();
                if (name.Length >= 5 && !known.Contains(name) && known.Any(k => IsOneSlip(name, k))) yield return layer.HitAt(SecurityMeasures.LookAlikePackage, index, length);
            }
        }
    }

    private static string SiteOf(string address)
    {
        var at = address.IndexOf("//", StringComparison.Ordinal);
        var host = address[(at < 0 ? 0 : at + 2)..].Split('/', '?', '#', ':', ')')[0].ToLowerInvariant();
        var parts = host.Split('.');
        return parts.Length < 2 ? host : $"{parts[^2]}.{parts[^1]}";
    }

    // One character more, less, other, or two exchanged (Damerau-Levenshtein distance 1).
    private static bool IsOneSlip(string name, string known)
    {
        if (Math.Abs(name.Length - known.Length) > 1 || name == known) return false;
        var i = 0;
        while (i < name.Length && i < known.Length && name[i] == known[i]) i++;
        return name.AsSpan(Math.Min(name.Length, i + 1)).SequenceEqual(known.AsSpan(i))
            || name.AsSpan(i).SequenceEqual(known.AsSpan(Math.Min(known.Length, i + 1)))
            || (i + 1 < name.Length && i + 1 < known.Length && name[i] == known[i + 1] && name[i + 1] == known[i] && name.AsSpan(i + 2).SequenceEqual(known.AsSpan(i + 2)))
            || (i < name.Length && i < known.Length && name.Length > 6 && name.AsSpan(i + 1).SequenceEqual(known.AsSpan(i + 1)) && !char.IsAsciiDigit(name[i]));
    }

    private static List<(int Index, int Length)> Matches(Regex pattern, string text)
    {
        var matches = new List<(int, int)>();
        foreach (var match in pattern.EnumerateMatches(text)) matches.Add((match.Index, match.Length));
        return matches;
    }

    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture;

    [GeneratedRegex("""((always|remember to|make sure to|be sure to|do not forget to|must|((after|before|upon|when) (you )?(finish|complet|perform|do|end|start)\w* )?(after|before|upon|for|on) (any|every|each|all))\b[^\n]{0,160}\b(run|execute|call|invoke|launch|start|source)\w*\b|\b(after|once|when(ever)?|before) (you )?(are )?(finish|complet|done|perform)[^\n]{0,80}\b(run|execute|call|invoke|launch|source)\w*\b)[^\n.]{0,60}\b[\w./-]+\.(sh|bash|zsh|ps1|bat|cmd)\b""", Linear)]
    private static partial Regex StandingRun();

    [GeneratedRegex(@"[\w./-]+\.(sh|bash|zsh|ps1|bat|cmd)\b", Linear)]
    private static partial Regex ScriptName();

    [GeneratedRegex(@"\[(https?://|www\.)[^\]\n]{4,200}\]\(https?://[^)\s]{4,300}\)", Linear)]
    private static partial Regex AddressedLink();

    [GeneratedRegex(@"\b(pip3?|uv pip|uv|pipx|poetry|npm|pnpm|yarn|bun|gem|cargo)( -m)? (install|i|add)( -[\w-]+)*( +[a-z@][\w.@/\[\]=<>~!-]*){1,12}", Linear)]
    private static partial Regex Install();
}
