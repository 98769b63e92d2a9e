using System.Text.RegularExpressions;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.LanguageModel;

/// <summary>What a model may name: what stands in the draft, and what the calls of successful runs of several tasks had in them. What
/// users said and what tools answered gives no right to name anything, even where the draft quotes it.</summary>
public sealed partial class Vocabulary
{
    private readonly HashSet<string> _words;
    private readonly HashSet<string> _numbers;
    private readonly HashSet<string> _tokens;

    private Vocabulary(string draft, HashSet<string> executed, HashSet<string> tools)
    {
        var done = SkillDocument.SectionsOf(draft).Where(s => s.Heading is SkillWriter.StepsSection or SkillWriter.ChecksSection).Select(s => s.Text);
        var all = ListNumber().Replace(string.Join('\n', done.Concat(executed.Order(StringComparer.Ordinal))), "");
        _tokens = [.. all.Split((char[])[' ', '\n', '`'], StringSplitOptions.RemoveEmptyEntries).Select(t => t.Trim([.. ProseRules.Trimmed]))];
        _words = [.. Word().Matches(all).Select(m => m.Value.ToLowerInvariant())];
        // The digits of an id are no figure that anybody named.
        _numbers = [.. Number().Matches(all).Concat(Number().Matches(ListNumber().Replace(draft, ""))).Select(m => m.Groups["figure"].Value)];
        (Names, Tools) = (SpansOf(draft).Concat(executed).ToHashSet(StringComparer.Ordinal), tools);
    }

    /// <summary>What may stand in a code span.</summary>
    public IReadOnlySet<string> Names { get; }

    public IReadOnlySet<string> Tools { get; }

    public static Vocabulary Of(string draft, IReadOnlyList<MinedEpisode> episodes)
    {
        var successes = episodes.Where(e => e.Succeeded).ToList();
        var shared = SharedText.Of(successes);
        var least = SharedText.LeastTasks(successes);
        var tools = SharedText.InTasks(successes, e => e.Episode.Calls.Select(c => Prose.Code(c.Tool)), least).ToHashSet(StringComparer.Ordinal);
        var calls = successes.SelectMany(e => e.Episode.Calls).Where(c => tools.Contains(Prose.Code(c.Tool))).ToList();
        var paths = SharedText.InTasks(successes, e => e.Episode.Calls.SelectMany(c => c.Arguments.Select(a => a.Path).Concat(c.Result.Select(r => r.Path))), least);
        var values = calls.SelectMany(c => c.Arguments.Where(a => shared.Has(SharedText.PlaceOf(c.Tool, a.Path, isResult: false), a.Value)).Select(a => a.Value));
        return new(draft, [.. tools, .. paths.Where(p => p.Length > 0).Select(Prose.Code), .. values.Select(Prose.Code)], tools);
    }

    /// <summary>The texts between backticks, in order; null where a backtick has no partner.</summary>
    public static IReadOnlyList<string>? Spans(string line) =>
        line.Split('`') is { Length: var parts } split && parts % 2 == 1 ? [.. split.Where((_, i) => i % 2 == 1)] : null;

    public static IReadOnlyList<string> SpansOf(string text) => [.. text.Split('\n').SelectMany(l => Spans(l) ?? []).Distinct(StringComparer.Ordinal)];

    public bool HasWord(string word) => _words.Contains(word);

    public bool HasNumber(string digits) => _numbers.Contains(digits);

    /// <summary>Whether the token stands as it is, and not as a part of another, in what is done: steps, checks, executed calls.</summary>
    public bool Has(string token) => _tokens.Contains(token);

    [GeneratedRegex(@"\p{L}+", RegexOptions.NonBacktracking)]
    private static partial Regex Word();

    [GeneratedRegex(@"(?:^|[^\p{L}\p{Nd}_-])(?<figure>\p{Nd}+)(?:$|[^\p{L}\p{Nd}_-])", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Number();

    [GeneratedRegex(@"^ *\d{1,2}[.)] ", RegexOptions.NonBacktracking | RegexOptions.Multiline)]
    private static partial Regex ListNumber();
}
