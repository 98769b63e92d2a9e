using System.Buffers;

namespace Pipeline.Infra.Search;

/// <summary>Cuts text into what is searched by: lower-case words; an identifier such as <c>get_order-details</c> as a whole and in
/// parts; and beside a word its stem where that differs, so that inflected forms meet and the exact form still counts for more.</summary>
public static class SearchTerms
{
    private static readonly SearchValues<char> Vowels = SearchValues.Create("aeiouy");

    public static IEnumerable<string> Of(string text)
    {
        var at = 0;
        while (at < text.Length)
        {
            if (!char.IsLetterOrDigit(text[at]))
            {
                at++;
                continue;
            }
            var start = at;
            var joined = false;
            while (true)
            {
                var word = at;
                while (at < text.Length && char.IsLetterOrDigit(text[at])) at++;
                var part = text[word..at].ToLowerInvariant();
                yield return part;
                var stem = Stem(part);
                if (stem.Length < part.Length || !part.StartsWith(stem, StringComparison.Ordinal)) yield return stem;
                if (at + 1 >= text.Length || text[at] is not ('_' or '-') || !char.IsLetterOrDigit(text[at + 1])) break;
                joined = true;
                at++;
            }
            if (joined) yield return text[start..at].ToLowerInvariant();
        }
    }

    /// <summary>The distinct stems of the words in a text.</summary>
    public static IReadOnlySet<string> StemsOf(string text) => Of(text).Where(t => t.AsSpan().IndexOfAny('_', '-') < 0).Select(Stem).ToHashSet(StringComparer.Ordinal);

    /// <summary>Takes off the endings of English plurals and verbs; a word of up to three letters, or with a digit, stays as it is.</summary>
    private static string Stem(string word)
    {
        if (word.Length <= 3 || word.Any(char.IsAsciiDigit)) return word;
        if (word.EndsWith("ies", StringComparison.Ordinal) && word.Length > 4) word = word[..^3] + "y";
        else if (word.EndsWith("sses", StringComparison.Ordinal)) word = word[..^2];
        else if (word[^1] == 's' && word[^2] is not ('s' or 'u' or 'i')) word = word[..^1];

        word = WithoutEnding(word);
        return word.Length > 4 && word[^1] == 'e' ? word[..^1] : word;
    }

    private static string WithoutEnding(string word)
    {
        foreach (var ending in (ReadOnlySpan<string>)["ing", "ed"])
        {
            if (word.Length - ending.Length < 3 || !word.EndsWith(ending, StringComparison.Ordinal)) continue;
            var rest = word[..^ending.Length];
            if (rest.AsSpan().IndexOfAny(Vowels) < 0) continue;
            var doubled = rest.Length > 3 && rest[^1] == rest[^2] && rest[^1] is not ('l' or 's' or 'z');
            return doubled ? rest[..^1] : rest;
        }
        return word;
    }
}
