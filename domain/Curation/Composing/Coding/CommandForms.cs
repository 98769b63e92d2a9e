using System.Text.RegularExpressions;
using Pipeline.Domain.Trajectories.Episodes.Coding;

namespace Pipeline.Domain.Curation.Composing.Coding;

/// <summary>The form of a command over several tasks: what the tasks share stays, what differs becomes a placeholder. An option that one
/// task alone has may be a secret of its (<c>-pSesame</c>), and is one too.</summary>
internal static partial class CommandForms
{
    private const int MostForms = 4;
    private const double AsGoodAsTheSame = 0.7;
    private const int MostParts = 20;
    private const int LongestPart = 48;
    private const double LeastTypical = 0.4;
    private const int LeastTasksOfAnOption = 2;
    private const int LengthOfASingleLetter = 2;
    private const int MostFilesOfAKind = 3;

    /// <summary>Most typical first: what its parts' tasks are on the average. Of two that say the same the more general stays.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<(CodingAct Act, string Task)> uses)
    {
        var tasks = uses.Select(u => u.Task).Distinct(StringComparer.Ordinal).Count();
        var least = Shared.Least(tasks);
        var forms = PartsOf(uses).Where(f => f.Parts.Length > 0).ToList();
        var seen = Shared.Counts(forms.SelectMany(f => f.Parts.Select(p => (p, f.Task))), 1);
        return forms.Select(f => (Text: TextOf(f.Parts), f.Task, Typical: f.Parts.Sum(p => seen[p]) / (double)(f.Parts.Length * tasks)))
            .GroupBy(f => f.Text, StringComparer.Ordinal)
            .Select(g => (Text: g.Key, Tasks: g.Select(f => f.Task).Distinct(StringComparer.Ordinal).Count(), g.First().Typical))
            .OrderByDescending(f => f.Tasks >= least).ThenByDescending(f => f.Typical * Math.Min(f.Text.Length, 120)).ThenBy(f => f.Text, StringComparer.Ordinal)
            .Where((f, i) => i == 0 ? f.Typical >= LeastTypical || f.Tasks >= least : f.Tasks >= least)
            .Aggregate(new List<string>(), (kept, f) => kept.Count < MostForms && !kept.Exists(k => AreAlike(k, f.Text)) ? [.. kept, f.Text] : kept);
    }

    /// <summary>The form of each use, in order; empty where an act has no words.</summary>
    public static IReadOnlyList<string> Each(IReadOnlyList<(CodingAct Act, string Task)> uses) => [.. PartsOf(uses).Select(f => TextOf(f.Parts))];

    private static List<(string[] Parts, string Task)> PartsOf(IReadOnlyList<(CodingAct Act, string Task)> uses)
    {
        var least = Shared.Least(uses.Select(u => u.Task).Distinct(StringComparer.Ordinal).Count());
        var parts = uses.SelectMany(u => u.Act.Words.Skip(1).SelectMany(Parts).Select(p => (p, u.Task))).ToList();
        var shared = Shared.Counts(parts, least);
        var options = Shared.Counts(parts.Where(p => Option().IsMatch(p.p)), LeastTasksOfAnOption);
        return [.. uses.Select(u => (u.Act.Words.Count == 0 ? [] : (string[])[u.Act.Name, .. Collapsed(Few(Own(u.Act).Select(w => Generalised(w, shared, options))))], u.Task))];
    }

    private static string TextOf(string[] parts) => string.Join(' ', parts.Take(MostParts));

    // A long list of files of one kind is what one case had, whoever else had it.
    private static IEnumerable<string> Few(IEnumerable<string> parts)
    {
        var all = parts.ToList();
        var many = all.Where(p => p[0] != '-').GroupBy(FileKind.Of, StringComparer.Ordinal).Where(g => g.Key != FileKind.Plain && g.Count() > MostFilesOfAKind).Select(g => g.Key).ToHashSet(StringComparer.Ordinal);
        return many.Count == 0 ? all : all.Select(p => p[0] != '-' && many.Contains(FileKind.Of(p)) ? $"<file{FileKind.Of(p)}>" : p);
    }

    private static bool AreAlike(string a, string b)
    {
        var (left, right) = (a.Split(' ').ToHashSet(StringComparer.Ordinal), b.Split(' ').ToHashSet(StringComparer.Ordinal));
        var both = left.Count(right.Contains);
        return both >= AsGoodAsTheSame * Math.Min(left.Count, right.Count);
    }

    // Without the program and its subcommand, which the name says.
    private static IEnumerable<string> Own(CodingAct act) => act.Words.Skip(1).Where(w => !act.Name.EndsWith(" " + w, StringComparison.Ordinal));

    private static IEnumerable<string> Parts(string word) => word.StartsWith('-') && word.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? [word[..at], word[(at + 1)..]] : [word];

    // However many values there are of a kind, they are one placeholder.
    private static IEnumerable<string> Collapsed(IEnumerable<string> parts)
    {
        var before = "";
        foreach (var part in parts)
        {
            if (part != before || part[0] != '<') yield return part;
            before = part;
        }
    }

    private static string Generalised(string word, IReadOnlyDictionary<string, int> shared, IReadOnlyDictionary<string, int> options)
    {
        if (word.StartsWith('-') && word.IndexOf('=', StringComparison.Ordinal) is > 0 and var at && Option().IsMatch(word[..at]))
            return $"{OfOption(word[..at], options)}={OfValue(word[(at + 1)..], shared)}";
        return Option().IsMatch(word) ? OfOption(word, options) : OfValue(word, shared);
    }

    private static string OfOption(string word, IReadOnlyDictionary<string, int> options) =>
        word.Length <= LengthOfASingleLetter || options.ContainsKey(word) ? word : "<option>";

    private static string OfValue(string word, IReadOnlyDictionary<string, int> shared)
    {
        if (shared.ContainsKey(word) && word.Length <= LongestPart && !word.AsSpan().ContainsAny('\n', '`')) return word.Contains(' ', StringComparison.Ordinal) ? $"'{word}'" : word;
        if (word.Contains("://", StringComparison.Ordinal)) return "<url>";
        if (word.AsSpan().ContainsAny(' ', '\n')) return "<text>";
        if (FileKind.Of(word) is var kind && kind != FileKind.Plain) return $"<file{kind}>";
        if (word.Contains('/', StringComparison.Ordinal)) return "<path>";
        return word.All(c => char.IsAsciiDigit(c) || c is '.' or ',' or ':') ? "<n>" : "<value>";
    }

    [GeneratedRegex("^-{1,2}[A-Za-z][A-Za-z0-9-]{0,30}$", RegexOptions.NonBacktracking)]
    private static partial Regex Option();
}
