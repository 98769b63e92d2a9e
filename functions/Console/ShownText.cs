using System.Globalization;
using System.Text;
using Pipeline.Domain.Curation.LanguageModel;

namespace Pipeline.Functions.Console;

/// <param name="IsMark">Stands for a character that could not be seen; <paramref name="Title"/> says which.</param>
internal readonly record struct ShownPiece(string Text, bool IsMark, string Title = "");

/// <summary>Text from runs and packages made safe to look at: characters that are not seen, or that turn the direction of what follows, become
/// marks that are seen. (Escaping is the renderer's.)</summary>
internal static class ShownText
{
    public static IEnumerable<ShownPiece> Pieces(string? text, int atMost)
    {
        var plain = new StringBuilder();
        var shown = 0;
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            if (shown >= atMost)
            {
                if (plain.Length > 0) yield return new(plain.ToString(), false);
                yield return new("… cut", true, "there is more than is shown here");
                yield break;
            }
            shown += rune.Utf16SequenceLength;
            if (IsPlain(rune))
            {
                plain.Append(rune);
                continue;
            }
            if (plain.Length > 0) yield return new(plain.ToString(), false);
            plain.Clear();
            yield return new(MarkOf(rune), true, "a character that is not seen, or that turns the direction of text");
        }
        if (plain.Length > 0) yield return new(plain.ToString(), false);
    }

    /// <summary>The same as one text.</summary>
    public static string Plain(string? text, int atMost = int.MaxValue) => string.Concat(Pieces(text, atMost).Select(p => p.Text));

    /// <summary>On one line, what is too long ended by an ellipsis: where there is no room for more.</summary>
    public static string Short(string? text, int atMost)
    {
        var plain = Plain(text, atMost + 1).ReplaceLineEndings(" ");
        return plain.Length <= atMost ? plain : $"{plain[..(char.IsHighSurrogate(plain[atMost - 2]) ? atMost - 2 : atMost - 1)]}…";
    }

    private static bool IsPlain(Rune rune) => rune.Value is '\n' or '\t' or 0xFE0F or 0x200D || Visible.Is(rune);

    private static string MarkOf(Rune rune) => string.Create(CultureInfo.InvariantCulture, $"⟨U+{rune.Value:X4}⟩");
}
