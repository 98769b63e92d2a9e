using Pipeline.Domain.Unicode;

namespace Pipeline.Infra.Search;

/// <summary>A query as a plain list of terms, for an engine that has a syntax of its own: nothing of a task's text may steer it.</summary>
internal static class SearchWords
{
    /// <summary>The distinct terms that tell something: as they stand in the text, and behind them stems and parts, which a ranker that reads the
    /// query as a sentence makes less of.</summary>
    /// <param name="atMost">As many terms.</param>
    /// <param name="longest">In characters: of a longer term its beginning, as an index has it that cuts there.</param>
    /// <param name="characters">As many, spaces included.</param>
    public static string Of(string text, int atMost, int longest = int.MaxValue, int characters = int.MaxValue)
    {
        var whole = NormalForm.Compatible(text);
        var written = Words.Of(whole).Select(w => whole[w.Start..w.End].ToLowerInvariant()).ToHashSet(StringComparer.Ordinal);
        var terms = SearchTerms.Telling(whole).Distinct(StringComparer.Ordinal).OrderBy(t => !written.Contains(t)).Select(t => Beginning(t, longest)).Distinct(StringComparer.Ordinal);
        var left = characters;
        return string.Join(' ', terms.Take(atMost).TakeWhile(t => (left -= t.Length + 1) >= 0));
    }

    private static string Beginning(string term, int longest) => term.Length <= longest ? term : term[..(char.IsHighSurrogate(term[longest - 1]) ? longest - 1 : longest)];
}
