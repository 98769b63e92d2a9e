using System.Text;
using Pipeline.Domain.Validation.Security.Reading;

namespace Pipeline.Domain.Validation.Security.Measures;

/// <summary>Characters that make a text look like another than it is, each kind reported at its first place.</summary>
internal static class CharacterMeasures
{
    // One may be left by an editor; a message takes more.
    private const int ManySelectors = 4;

    private const int LongestBlob = 400;

    public static IEnumerable<(string Measure, int Start, int End, string Detail)> Of(string raw, FileKind kind)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var (selectors, tags) = (0, new List<int>());
        var (wordStart, latin, imitation) = (-1, 0, -1);
        var hasLines = raw.Contains('\n', StringComparison.Ordinal);
        for (var i = 0; i <= raw.Length; i++)
        {
            var c = i < raw.Length ? raw[i] : ' ';
            if (char.IsLetter(c))
            {
                if (wordStart < 0) (wordStart, latin, imitation) = (i, 0, -1);
                if (char.IsAsciiLetter(c)) latin++;
                else if (Folding.Imitates(c)) imitation = i;
                selectors = 0;
                continue;
            }
            if (wordStart >= 0)
            {
                if (latin >= 2 && imitation >= 0 && seen.Add(SecurityMeasures.Homoglyphs)) yield return (SecurityMeasures.Homoglyphs, wordStart, i, raw[wordStart..i]);
                wordStart = -1;
            }
            if (c is >= ' ' and < '\u007F' or '\n' or '\t') continue;
            if (Invisible.IsBidi(c) && seen.Add(SecurityMeasures.Bidi)) yield return (SecurityMeasures.Bidi, i, i + 1, Around(raw, i));
            else if (IsWithinWord(raw, i) && seen.Add(SecurityMeasures.ZeroWidth)) yield return (SecurityMeasures.ZeroWidth, i, i + 1, Around(raw, i));
            else if (IsControl(raw, i, hasLines) && seen.Add(SecurityMeasures.ControlCharacters)) yield return (SecurityMeasures.ControlCharacters, i, i + 1, Around(raw, i));
            var codePoint = i < raw.Length ? HiddenText.CodePoint(raw, i) : 0;
            if (codePoint is >= 0xE0000 and <= 0xE007F) tags.Add(i);
            selectors = Invisible.IsSelector(c) || codePoint is >= 0xE0100 and <= 0xE01EF ? selectors + 1 : char.IsLowSurrogate(c) ? selectors : 0;
            if (selectors >= ManySelectors && seen.Add(SecurityMeasures.Selectors)) yield return (SecurityMeasures.Selectors, i, i + 1, Around(raw, i));
        }
        if (tags.Count > 0 && !HiddenText.IsFlags(raw, tags)) yield return (SecurityMeasures.Tags, tags[0], tags[0] + 2, Around(raw, tags[0]));
        if (kind == FileKind.Script && Blob(raw) is { } blob) yield return (SecurityMeasures.OpaqueBlob, blob.Start, blob.End, raw[blob.Start..Math.Min(blob.End, blob.Start + 60)]);
    }

    private static bool IsWithinWord(string raw, int i) =>
        Invisible.IsZeroWidth(raw.Length > i ? raw[i] : ' ') && i > 0 && i + 1 < raw.Length
        && (char.IsAsciiLetterOrDigit(raw[i - 1]) || Invisible.IsZeroWidth(raw[i - 1])) && (char.IsAsciiLetterOrDigit(raw[i + 1]) || Invisible.IsZeroWidth(raw[i + 1]));

    // A carriage return in a line lets what follows overwrite what went before.
    private static bool IsControl(string raw, int i, bool hasLines) =>
        i < raw.Length && (raw[i] is '\u001B' or '\u009B' or '\b' or '\u007F' || (raw[i] == '\r' && i + 1 < raw.Length && raw[i + 1] is not ('\n' or '\r') && hasLines));

    // A program's text that nobody can read: long, without a space, of many kinds of characters.
    private static (int Start, int End)? Blob(string raw)
    {
        for (var i = 0; i < raw.Length;)
        {
            var start = i;
            while (i < raw.Length && (char.IsAsciiLetterOrDigit(raw[i]) || raw[i] is '+' or '/' or '=' or '\\' or '_' or '-')) i++;
            if (i - start >= LongestBlob && BinaryMeasures.Entropy(Encoding.ASCII.GetBytes(raw, start, i - start)) > 4.5) return (start, i);
            i = Math.Max(i, start + 1);
        }
        return null;
    }

    private static string Around(string raw, int i) => raw[Math.Max(0, i - 20)..Math.Min(raw.Length, i + 40)];
}
