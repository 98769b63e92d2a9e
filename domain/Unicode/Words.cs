using System.Globalization;
using System.Text;

namespace Pipeline.Domain.Unicode;

/// <summary>Where the words of a text stand: runs of letters and digits with their marks. What is written without spaces between words (Han, kana,
/// Thai, Lao, Khmer, Myanmar), or with what belongs to a word glued to it (Hangul), is cut into every two neighbouring characters instead, as
/// Lucene's analyzer for Chinese, Japanese and Korean does: a word of such a script is found by its pairs, wherever it stands.</summary>
public static class Words
{
    private enum Standing
    {
        Between,
        Spaced,
        Unspaced,
        Mark,
    }

    // Blocks of The Unicode Standard, chapters 16 and 18; the iteration mark and the radicals with Han, half-width forms with kana and Hangul.
    private static readonly (int First, int Last)[] s_unspaced =
    [
        (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1100, 0x11FF), (0x1780, 0x17FF), (0x2E80, 0x2FDF), (0x3005, 0x3007), (0x3031, 0x30FF), (0x3130, 0x318F), (0x31F0, 0x31FF),
        (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xA960, 0xA97F), (0xA9E0, 0xA9FF), (0xAA60, 0xAA7F), (0xAC00, 0xD7FF), (0xF900, 0xFAFF), (0xFF66, 0xFFDC), (0x1B000, 0x1B16F), (0x20000, 0x3FFFF),
    ];

    /// <summary>In the order of the text. Time and memory grow with the text's length only.</summary>
    /// <param name="text">In a composed normal form, so that what is the same is written the same.</param>
    public static IEnumerable<Word> Of(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            switch (Read(text, ref at))
            {
                case Standing.Spaced:
                    while (Peek(text, at) is Standing.Spaced or Standing.Mark) Read(text, ref at);
                    yield return new(start, at - start, IsPair: false);
                    break;
                case Standing.Unspaced:
                    SkipMarks(text, ref at);
                    if (Peek(text, at) != Standing.Unspaced) yield return new(start, at - start, IsPair: true);
                    while (Peek(text, at) == Standing.Unspaced)
                    {
                        var second = at;
                        Read(text, ref at);
                        SkipMarks(text, ref at);
                        yield return new(start, at - start, IsPair: true);
                        start = second;
                    }
                    break;
            }
        }
    }

    private static void SkipMarks(string text, ref int at)
    {
        while (Peek(text, at) == Standing.Mark) Read(text, ref at);
    }

    private static Standing Peek(string text, int at) => at < text.Length ? Read(text, ref at) : Standing.Between;

    private static Standing Read(string text, ref int at)
    {
        if (char.IsAscii(text[at])) return char.IsAsciiLetterOrDigit(text[at++]) ? Standing.Spaced : Standing.Between;
        // Half a pair of surrogates is no letter.
        Rune.DecodeFromUtf16(text.AsSpan(at), out var rune, out var length);
        at += length;
        if (Rune.IsLetterOrDigit(rune)) return IsUnspaced(rune.Value) ? Standing.Unspaced : Standing.Spaced;
        return Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark ? Standing.Mark : Standing.Between;
    }

    private static bool IsUnspaced(int character) => character >= s_unspaced[0].First && Array.Exists(s_unspaced, block => block.First <= character && character <= block.Last);
}

/// <summary>A word's place in a text, in UTF-16 code units.</summary>
/// <param name="IsPair">Two neighbouring characters with their marks, of a script without spaces; or one, where it stands alone.</param>
public readonly record struct Word(int Start, int Length, bool IsPair)
{
    public int End => Start + Length;

    public ReadOnlySpan<char> In(string text) => text.AsSpan(Start, Length);
}
