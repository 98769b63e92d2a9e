using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Pipeline.Domain.Trajectories.Episodes.Coding;

namespace Pipeline.Domain.Curation.Composing.Coding;

/// <summary>Finds what recurs in the code of several tasks: libraries, lines, names and values. Code is text here: nothing is run.</summary>
internal static partial class CodeMining
{
    private const int MostLinesOfARun = 4000;
    private const int ShortestLine = 8;
    private const int LongestLine = 100;
    private const int MostImports = 12;
    private const int MostLines = 24;
    private const int MostWritten = 16;
    private const int MostNames = 24;
    private const int MostValues = 24;
    private const int ShortestValue = 3;
    private const string Different = "…";

    // Every program has these; they tell nothing about the job.
    private static readonly FrozenSet<string> s_plainNames = (
        "print len range open str int float list dict set sorted enumerate zip max min sum abs round isinstance format join split strip append extend replace items keys values get main any all map filter "
        + "startswith endswith lower upper read write close exit error log push toString console.log sys.exit f.read f.write os.path.join json.load json.loads json.dump json.dumps exist exists repr type input "
        + "super init tuple bool next iter reversed update pop insert copy index count echo").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> s_dataKinds =
        ".txt .md .json .jsonl .csv .tsv .xml .html .yaml .yml .toml .ini .log .tex .rst .svg file".Split(' ').ToFrozenSet(StringComparer.Ordinal);

    public static CodeKnowledge Mine(IReadOnlyList<MinedEpisode> successes)
    {
        var tasks = Shared.Tasks(successes);
        var least = Shared.Least(tasks);
        var lines = successes.SelectMany(e => LinesOf(e, IsCode)).ToList();
        var literals = Shared.Counts(lines.Concat(successes.SelectMany(e => LinesOf(e, a => !IsCode(a)))).SelectMany(l => Literal().Matches(l.Text).Select(m => (m.Value, l.Task))), least);
        var general = lines.Select(l => (Text: Generalised(l.Text, literals), l.Task, l.Place)).ToList();

        var imports = Shared.Counts(general.Where(l => Import().IsMatch(l.Text)).Select(l => (l.Text, l.Task)), least);
        var counts = Shared.Counts(general.Where(l => !Import().IsMatch(l.Text) && TellsSomething(l.Text)).Select(l => (l.Text, l.Task)), least);
        var places = general.Where(l => counts.ContainsKey(l.Text)).GroupBy(l => l.Text, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Select(l => l.Place).Order().Average(), StringComparer.Ordinal);
        var kept = counts.OrderByDescending(c => c.Value * Weight(c.Key)).ThenBy(c => c.Key, StringComparer.Ordinal).Take(MostLines).Select(c => c.Key)
            .OrderBy(l => places[l]).ThenBy(l => l, StringComparer.Ordinal).ToList();
        var written = Written(successes, literals, least);

        var shown = string.Join('\n', imports.Keys.Concat(kept).Concat(written));
        var names = Shared.Counts(lines.SelectMany(l => Name().Matches(l.Text).Select(m => (m.Value.TrimEnd('('), l.Task))), Math.Max(least, (tasks + 2) / 3));
        return new(
            [.. Most(imports, MostImports)],
            kept,
            written,
            [.. Most(names.Where(n => !s_plainNames.Contains(n.Key) && !shown.Contains(n.Key, StringComparison.Ordinal)), MostNames)],
            [.. Most(literals.Where(v => v.Key.Length > ShortestValue + 1 && Value().IsMatch(v.Key) && IsASetting(v.Key) && !shown.Contains(v.Key, StringComparison.Ordinal)), MostValues).Select(v => v.Trim('\''))]);
    }

    private static List<string> Written(IReadOnlyList<MinedEpisode> successes, IReadOnlyDictionary<string, int> literals, int least)
    {
        var lines = successes.SelectMany(e => LinesOf(e, a => !IsCode(a))).Select(l => (Text: Generalised(l.Text, literals), l.Task, l.Place)).Where(l => Letters().Count(l.Text) >= 2).ToList();
        var counts = Shared.Counts(lines.Select(l => (l.Text, l.Task)), least);
        var most = Most(counts, MostWritten).ToHashSet(StringComparer.Ordinal);
        return [.. lines.Where(l => most.Contains(l.Text)).GroupBy(l => l.Text, StringComparer.Ordinal).OrderBy(g => g.Select(l => l.Place).Order().Average())
            .ThenBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Key)];
    }

    private static bool IsCode(CodingAct act) => act.Kind != ActKind.Change || !s_dataKinds.Contains(act.Name[(act.Name.LastIndexOf(' ') + 1)..]);

    private static IEnumerable<string> Most(IEnumerable<KeyValuePair<string, int>> counts, int most) =>
        counts.OrderByDescending(c => c.Value).ThenByDescending(c => Math.Min(c.Key.Length, 24)).ThenBy(c => c.Key, StringComparer.Ordinal).Take(most).Select(c => c.Key);

    // Each line of a run once, with its place in the run, 0 to 1.
    private static IEnumerable<(string Text, string Task, double Place)> LinesOf(MinedEpisode episode, Func<CodingAct, bool> of)
    {
        var lines = episode.Episode.Coding!.Acts.Where(a => a.Code.Length > 0 && !a.Failed && of(a)).SelectMany(a => a.Code.Split('\n', MostLinesOfARun))
            .Select(Normal).Where(l => l.Length is >= ShortestLine and <= LongestLine).Distinct(StringComparer.Ordinal).Take(MostLinesOfARun).ToList();
        return lines.Select((l, i) => (l, episode.Task, (double)i / lines.Count));
    }

    private static string Normal(string line)
    {
        var text = line.Length <= 4 * LongestLine ? line : line[..(4 * LongestLine)];
        // What a patch adds is code; what it takes away, and where, is not.
        if (text.StartsWith("+++", StringComparison.Ordinal) || text.StartsWith('-') || text.StartsWith("@@", StringComparison.Ordinal)) return "";
        if (text.StartsWith('+')) text = text[1..];
        return Spaces().Replace(text.Trim(), " ").Replace('"', '\'').Replace('`', '\'');
    }

    // Only the line's own: what the tasks share is kept.
    private static string Generalised(string line, IReadOnlyDictionary<string, int> literals) =>
        Literal().Replace(line, m => literals.ContainsKey(m.Value) ? m.Value : m.Value[0] == '\'' ? $"'{Different}'" : Different);

    // A file, a key, a colour, a code: words and names, addresses and telephones are what the tasks are about.
    private static bool IsASetting(string value) => !value.Contains(' ', StringComparison.Ordinal) && value.Any(char.IsAsciiLetter)
        && (value.AsSpan().ContainsAny("_#/.@") || !value.Trim('\'').Any(char.IsAsciiLetterLower) || value.Trim('\'').Skip(1).Any(char.IsAsciiLetterUpper));

    private static bool TellsSomething(string line) => line[0] is not ('#' or '/' or '*') && Letters().Count(line) >= 2 && !Plain().IsMatch(line);

    // Long enough to tell something, and not mostly holes.
    private static double Weight(string line) => Math.Min(line.Length, 60) / 60.0 * (line.Contains(Different, StringComparison.Ordinal) ? 0.7 : 1) * (Name().IsMatch(line) ? 1 : 0.6);

    [GeneratedRegex(@"'[^'\n]{0,80}'|\b\d[\d.]*\b", RegexOptions.NonBacktracking)]
    private static partial Regex Literal();

    [GeneratedRegex(@"^(from [\w.]+ import .+|import [\w.*, ]+( as \w+)?;?|#include .+|using [\w.]+;|(const|let|var) .+ = require\(.+|use [\w:{}, ]+;|library\(.+\))$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Import();

    [GeneratedRegex(@"\b[A-Za-z_]\w*(\.[A-Za-z_]\w*)+\(?|\b[A-Za-z_]\w{3,}\(", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Name();

    [GeneratedRegex(@"^'[\w#@/.:+ -]{3,40}'$", RegexOptions.NonBacktracking)]
    private static partial Regex Value();

    [GeneratedRegex("[A-Za-z]{3,}", RegexOptions.NonBacktracking)]
    private static partial Regex Letters();

    [GeneratedRegex(@"^(print|console\.log|echo|return|else|elif|except|raise|try|with open|for \w+ in \w+:|if __name__|def main|main\(\)|sys\.exit)\b.{0,100}$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Plain();

    [GeneratedRegex(@"\s+", RegexOptions.NonBacktracking)]
    private static partial Regex Spaces();
}
