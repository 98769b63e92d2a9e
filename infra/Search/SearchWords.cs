using Pipeline.Domain.Unicode;

namespace Pipeline.Infra.Search;

/// <summary>A query as a plain list of terms, for an engine that has a syntax of its own: nothing of a task's text may steer it.</summary>
internal static class SearchWords
{
    /// <summary>The distinct terms that tell something: as they stand in the text, and behind them stems and parts, which a ranker that reads the
    /// query as a sentence makes less of.</summary>
    public static string Of(string text, int atMost)
    {
        var whole = NormalForm.Compatible(text);
        var written = Words.Of(whole).Select(w => whole[w.Start..w.End].ToLowerInvariant()).ToHashSet(StringComparer.Ordinal);
        return string.Join(' ', SearchTerms.Telling(whole).Distinct(StringComparer.Ordinal).OrderBy(t => !written.Contains(t)).Take(atMost));
    }
}
