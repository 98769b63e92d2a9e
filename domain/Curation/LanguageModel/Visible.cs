using System.Globalization;
using System.Text;

namespace Pipeline.Domain.Curation.LanguageModel;

/// <summary>What a reader sees of a text. Characters that show nothing can carry words that only a model reads.</summary>
public static class Visible
{
    // Letters and marks by their category, and yet nothing to be seen: joiners, fillers, variation selectors.
    private static readonly (int From, int To)[] s_blank =
        [(0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF)];

    public static bool Is(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
        && rune != Rune.ReplacementChar && !Array.Exists(s_blank, range => rune.Value >= range.From && rune.Value <= range.To);

    /// <summary>The text on one line, what cannot be seen as a blank, cut.</summary>
    /// <param name="atMost">In UTF-16 units.</param>
    public static string Line(string text, int atMost)
    {
        var kept = new StringBuilder(Math.Min(text.Length, atMost));
        foreach (var rune in text.EnumerateRunes())
        {
            if (kept.Length + rune.Utf16SequenceLength > atMost) break;
            if (Is(rune)) kept.Append(rune);
            else kept.Append(' ');
        }
        return kept.ToString().Trim();
    }
}
