using System.Globalization;
using System.Text;

namespace Pipeline.Domain.Validation.Budget;

/// <summary>How many tokens a text is about. No model's own vocabulary is used: the same text has the same count for all of them.</summary>
/// <remarks>Cut as byte-pair encoders cut before they merge, and rather too many than too few: a run of Latin letters is one token for every
/// seven begun, of digits for every three, of other letters for every two, and of the same mark for every four; an ideograph or a syllable
/// of a syllabic script, a symbol and a character beyond 16 bits is one each; a line break with the indentation after it is one. A single
/// space belongs to what follows it.</remarks>
public static class TokenEstimate
{
    private enum Kind { Space, Break, Latin, Digit, Letter, Whole, Mark }

    public static int Of(string text)
    {
        var (tokens, run) = (0, 0);
        var (kind, last) = (Kind.Space, default(Rune));
        foreach (var rune in text.EnumerateRunes())
        {
            var next = KindOf(rune);
            // Indentation belongs to the break before it.
            if (next == Kind.Space && kind == Kind.Break) next = Kind.Break;
            if (next == kind && (next != Kind.Mark || rune == last))
            {
                run++;
            }
            else
            {
                tokens += Cost(kind, run);
                run = 1;
            }
            (kind, last) = (next, rune);
        }
        return tokens + Cost(kind, run);
    }

    private static int Cost(Kind kind, int run) => kind switch
    {
        _ when run == 0 => 0,
        Kind.Space => run == 1 ? 0 : 1,
        Kind.Break => 1,
        Kind.Latin => Begun(run, 7),
        Kind.Digit => Begun(run, 3),
        Kind.Letter => Begun(run, 2),
        Kind.Mark => Begun(run, 4),
        _ => run,
    };

    private static int Begun(int run, int each) => (run + each - 1) / each;

    private static Kind KindOf(Rune rune) => rune.Value switch
    {
        '\n' or '\r' => Kind.Break,
        _ when Rune.IsWhiteSpace(rune) => Kind.Space,
        _ when Rune.IsDigit(rune) => Kind.Digit,
        < 0x250 when Rune.IsLetter(rune) => Kind.Latin,
        _ when !rune.IsBmp => Kind.Whole,
        _ => Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.OtherLetter => Kind.Whole,
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
                or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark => Kind.Letter,
            _ => Kind.Mark,
        },
    };
}
