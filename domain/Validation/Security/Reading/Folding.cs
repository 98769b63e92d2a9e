using System.Globalization;
using System.Text;

namespace Pipeline.Domain.Validation.Security.Reading;

/// <summary>Writes a text with the characters that it looks like, so that a rule for a word finds it in every disguise.</summary>
/// <remarks>A small part of the confusables of Unicode TR 39: what imitates ASCII. Invisible characters are left out.</remarks>
internal static class Folding
{
    private const string Imitations =
        // Cyrillic
        "аaвbсcеeоoрpхxуyіiјjѕsԁdһhӏlԛqԝwкkмmнhтtгrѵvАAВBЕEЅSІIЈJКKМMНHОOРPСCТTХXУYҮYԌG" +
        // Greek
        "αaοoνvρpτtυuκkιiχxεeηnωwΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX" +
        // Armenian, Latin extensions, letterlike
        "օoսuոnհhցgԼLɑaɡgıiƖlʟlʀrɪiᴀaᴄcᴅdᴇeᴊjᴋkᴍmᴏoᴘpᴛtᴜuᴠvᴡwᴢzℓlℎhℯeℴoℂCℍHℕNℙPℚQℝRℤZℐIℒLℬBℰEℱFℳMℛRℜRℑIℌHℨZℭC" +
        // punctuation
        "“\"”\"„\"‟\"«\"»\"‘'’'‚'‛'′'‐-‑-‒-–-—-―-−-﹣-⁄/∕/․.‥.。.∶:ː:׃:‹<›>｜|∣|ǀ|⁎*∗*˜~∼~";

    private static readonly Dictionary<char, char> Ascii = Table();

    /// <returns>The folded text, and for each of its characters the place in <paramref name="raw"/>.</returns>
    public static (string Text, int[] Origin) Fold(string raw)
    {
        var text = new StringBuilder(raw.Length);
        var origin = new int[raw.Length];
        for (var i = 0; i < raw.Length; i++)
        {
            var c = raw[i];
            if (c < 0x80)
            {
                if (c == '\r' && i + 1 < raw.Length && raw[i + 1] == '\n') continue;
                Keep(c == '\r' ? '\n' : c, i);
            }
            else if (char.IsHighSurrogate(c) && i + 1 < raw.Length && char.IsLowSurrogate(raw[i + 1]))
            {
                var folded = OfPlane(char.ConvertToUtf32(c, raw[i + 1]));
                if (folded == '\0') Keep(c, i);
                if (folded != '\u0001') Keep(folded == '\0' ? raw[i + 1] : folded, i);
                i++;
            }
            else if (!Invisible.Is(c) && !IsMark(c))
            {
                Keep(OfChar(c), i);
            }
        }
        Array.Resize(ref origin, text.Length);
        return (text.ToString(), origin);

        void Keep(char c, int at)
        {
            origin[text.Length] = at;
            text.Append(c);
        }
    }

    /// <summary>Whether a character imitates a letter of ASCII from another script.</summary>
    public static bool Imitates(char c) => c is >= '\u0370' and <= '\u058F' && Ascii.TryGetValue(c, out var letter) && char.IsAsciiLetter(letter);

    private static bool IsMark(char c) => c is >= '\u0300' and <= '\u036F' or >= '\u20D0' and <= '\u20FF';

    private static char OfChar(char c) => c switch
    {
        >= '\uFF01' and <= '\uFF5E' => (char)(c - 0xFEE0),
        >= '\u24B6' and <= '\u24CF' => (char)(c - '\u24B6' + 'A'),
        >= '\u24D0' and <= '\u24E9' => (char)(c - '\u24D0' + 'a'),
        '\u00A0' or '\u3000' or (>= '\u2000' and <= '\u200A') or '\u202F' or '\u205F' => ' ',
        '\u2028' or '\u2029' or '\u0085' => '\n',
        _ => Ascii.GetValueOrDefault(c, c),
    };

    // Mathematical alphabets, letters in squares, and the invisible tags; U+0001 says: leave it out, U+0000: as it is.
    private static char OfPlane(int codePoint) => codePoint switch
    {
        >= 0x1D400 and <= 0x1D6A3 => (codePoint - 0x1D400) % 52 is var at and < 26 ? (char)('A' + at) : (char)('a' + ((codePoint - 0x1D400) % 52) - 26),
        >= 0x1D7CE and <= 0x1D7FF => (char)('0' + ((codePoint - 0x1D7CE) % 10)),
        >= 0x1F130 and <= 0x1F149 => (char)('A' + codePoint - 0x1F130),
        >= 0xE0000 and <= 0xE01EF => '\u0001',
        _ => '\0',
    };

    private static Dictionary<char, char> Table()
    {
        var table = new Dictionary<char, char>();
        for (var i = 0; i + 1 < Imitations.Length; i += 2) table[Imitations[i]] = Imitations[i + 1];
        return table;
    }
}

/// <summary>Characters that take no place on the screen.</summary>
internal static class Invisible
{
    public static bool Is(char c) => IsZeroWidth(c) || IsBidi(c) || IsSelector(c) || c is '\u00AD' or '\u034F' or '\u061C' or '\u3164' or '\uFFA0';

    public static bool IsZeroWidth(char c) => c is (>= '\u200B' and <= '\u200F') or (>= '\u2060' and <= '\u2064') or '\uFEFF' or '\u180E';

    /// <summary>Embeddings, overrides and isolates: they show a text in another order than it is read.</summary>
    public static bool IsBidi(char c) => c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');

    public static bool IsSelector(char c) => c is >= '\uFE00' and <= '\uFE0F';

    public static bool IsSteering(char c) => IsBidi(c) || c is '\u200E' or '\u200F' || (char.GetUnicodeCategory(c) == UnicodeCategory.Control && c is not '\t');
}
