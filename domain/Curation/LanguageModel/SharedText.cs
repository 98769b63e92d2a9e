using System.Text;
using Pipeline.Domain.Curation.Composing;

namespace Pipeline.Domain.Curation.LanguageModel;

/// <summary>What runs of several tasks have in common. The rest, which may be about one person, is left out of what goes to a model.</summary>
public sealed class SharedText
{
    private const int FewestTasks = 2;
    private const int MostTasks = 5;
    private const int OneIn = 4;
    private const int LongestRead = 2000;
    private const int LongestWord = 40;
    /// <summary>Stands for what is not shared.</summary>
    public const string LeftOut = "…";

    private readonly HashSet<string> _words;
    private readonly HashSet<(string Place, string Value)> _values;

    private readonly HashSet<string> _places;

    private SharedText(HashSet<string> words, HashSet<(string, string)> values, HashSet<string> places) => (_words, _values, _places) = (words, values, places);

    /// <summary>A word or value is shared when a quarter of the tasks have it, though at least 2 and no more than 5 need to.</summary>
    public static SharedText Of(IReadOnlyList<MinedEpisode> episodes)
    {
        var least = LeastTasks(episodes);
        return new(
            [.. InTasks(episodes, e => Texts(e).SelectMany(Words).Select(Key), least)],
            [.. InTasks(episodes, Values, least)],
            [.. InTasks(episodes, e => Values(e).Select(v => v.Place), least)]);
    }

    /// <summary>The text with only the words that are shared, on one line.</summary>
    public string Keep(string text, int atMost)
    {
        var kept = new StringBuilder();
        var gap = false;
        foreach (var word in Words(text))
        {
            var isShared = _words.Contains(Key(word));
            if (!isShared && gap) continue;
            var next = isShared ? word : LeftOut;
            if (kept.Length + next.Length + 1 > atMost) break;
            if (kept.Length > 0) kept.Append(' ');
            kept.Append(next);
            gap = !isShared;
        }
        return kept.ToString();
    }

    /// <summary>Whether the value at this place of a call or a result is one that is shared.</summary>
    public bool Has(string place, string value) => _values.Contains((place, value));

    /// <summary>The name of a place of a call or a result where it is shared: a path may be a person's name where the tool answers by names.</summary>
    public string Path(string tool, string path, bool isResult) => path.Length == 0 || _places.Contains(PlaceOf(tool, path, isResult)) ? Prose.Code(path) : LeftOut;

    public static string PlaceOf(string tool, string path, bool isResult) => $"{tool}\n{(isResult ? "result" : "argument")}\n{path}";

    /// <summary>In how many tasks something must be to be shared.</summary>
    public static int LeastTasks(IReadOnlyList<MinedEpisode> episodes) =>
        Math.Clamp(episodes.Select(e => e.Task).Distinct(StringComparer.Ordinal).Count() / OneIn, FewestTasks, MostTasks);

    /// <summary>What so many tasks have.</summary>
    public static IEnumerable<T> InTasks<T>(IReadOnlyList<MinedEpisode> episodes, Func<MinedEpisode, IEnumerable<T>> of, int least) => episodes
        .SelectMany(e => of(e).Select(item => (item, e.Task))).Distinct()
        .GroupBy(x => x.item).Where(g => g.Count() >= least).Select(g => g.Key);

    private static IEnumerable<string> Texts(MinedEpisode e) =>
        [e.Episode.Asked, .. e.Episode.Calls.SelectMany(c => c.Result.Where(r => r.Path.Length == 0).Select(r => r.Value))];

    private static IEnumerable<(string Place, string Value)> Values(MinedEpisode e) => e.Episode.Calls.Concat(e.Episode.Context).SelectMany(c => c.Arguments
        .Select(a => (PlaceOf(c.Tool, a.Path, isResult: false), a.Value))
        .Concat(c.Result.Select(r => (PlaceOf(c.Tool, r.Path, isResult: true), r.Value))));

    private static IEnumerable<string> Words(string text) =>
        Visible.Line(text, LongestRead).Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(w => w.Length <= LongestWord);

    private static string Key(string word) => word.Trim('.', ',', ';', ':', '!', '?', '(', ')', '[', ']', '{', '}', '"', '\'').ToLowerInvariant();
}
