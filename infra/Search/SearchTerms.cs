using System.Buffers;
using Pipeline.Domain.Unicode;

namespace Pipeline.Infra.Search;

/// <summary>Cuts text into what every index is searched by: lower-case words, in pairs of characters where a script has no spaces; an identifier
/// such as <c>get_order-details</c> as a whole and in parts; and beside a word its stem where that differs, so that inflected forms meet and the
/// exact form still counts for more.</summary>
public static class SearchTerms
{
    private static readonly SearchValues<char> Vowels = SearchValues.Create("aeiouy");

    /// <summary>No term has a space in it.</summary>
    public static IEnumerable<string> Of(string text)
    {
        text = NormalForm.Compatible(text);
        var (start, end, parts) = (0, 0, 0);
        foreach (var word in Words.Of(text))
        {
            var joins = parts > 0 && !word.IsPair && word.Start == end + 1 && text[end] is '_' or '-';
            if (!joins)
            {
                if (parts > 1) yield return text[start..end].ToLowerInvariant();
                (start, parts) = (word.Start, 0);
            }
            (end, parts) = (word.End, word.IsPair ? 0 : parts + 1);
            var term = text[word.Start..word.End].ToLowerInvariant();
            yield return term;
            var stem = word.IsPair ? term : Stem(term);
            if (stem.Length < term.Length || !term.StartsWith(stem, StringComparison.Ordinal)) yield return stem;
        }
        if (parts > 1) yield return text[start..end].ToLowerInvariant();
    }

    /// <summary>Those that tell something; all of them, where there are no such.</summary>
    internal static IReadOnlyList<string> Telling(string text)
    {
        var terms = Of(text).ToList();
        var telling = terms.FindAll(t => !FunctionWords.Contains(t));
        return telling.Count > 0 ? telling : terms;
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
