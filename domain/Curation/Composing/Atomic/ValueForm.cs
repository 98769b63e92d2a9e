using System.Globalization;

namespace Pipeline.Domain.Curation.Composing.Atomic;

/// <summary>How the values of an argument look that have a form in common: <c>#W0000001</c> and <c>#W0000002</c> are "<c>#W</c>, then 7 digits".</summary>
/// <remarks>Digits are never told, and letters only where all values have the same: what is left belongs to the tool and to nobody.</remarks>
public static class ValueForm
{
    private const int LongestValue = 64;
    private const int MostParts = 8;
    private const int FewestDigits = 4;

    /// <param name="values">Of several tasks.</param>
    /// <returns>Empty where the values have no form in common, or are plain words.</returns>
    public static string Of(IReadOnlyCollection<string> values)
    {
        List<Part>? form = null;
        foreach (var value in values)
        {
            if (PartsOf(value) is not { } parts) return "";
            if (form is null) form = parts;
            else if (!Widen(form, parts)) return "";
        }
        // A small number is an amount, and its digits tell nothing.
        return form is null || !form.Exists(p => p.Kind == PartKind.Digits) || form is [{ Least: < FewestDigits }] ? "" : Text(form);
    }

    private static List<Part>? PartsOf(string value)
    {
        if (value.Length is 0 or > LongestValue) return null;
        var parts = new List<Part>();
        var start = 0;
        for (var i = 1; i <= value.Length; i++)
        {
            if (i < value.Length && KindOf(value[i]) == KindOf(value[start])) continue;
            parts.Add(new(KindOf(value[start]), value[start..i], i - start, i - start));
            start = i;
        }
        return parts.Count <= MostParts && parts.TrueForAll(p => p.Kind != PartKind.Other) ? parts : null;
    }

    private static bool Widen(List<Part> form, List<Part> parts)
    {
        if (form.Count != parts.Count) return false;
        for (var i = 0; i < form.Count; i++)
        {
            var (had, has) = (form[i], parts[i]);
            if (had.Kind != has.Kind || (had.Kind == PartKind.Mark && had.Same != has.Same)) return false;
            form[i] = new(had.Kind, had.Same == has.Same ? had.Same : "", Math.Min(had.Least, has.Least), Math.Max(had.Most, has.Most));
        }
        return true;
    }

    private static string Text(List<Part> form)
    {
        if (form is [{ Kind: PartKind.Digits, Least: 4, Most: 4 }, { Same: "-" }, { Kind: PartKind.Digits, Least: 2, Most: 2 }, { Same: "-" }, { Kind: PartKind.Digits, Least: 2, Most: 2 }])
            return "a date as `YYYY-MM-DD`";
        var words = new List<string>();
        var literal = "";
        foreach (var part in form)
        {
            if (part.Kind != PartKind.Digits && part.Same.Length > 0)
            {
                literal += part.Same;
                continue;
            }
            Literal();
            words.Add($"{Length(part)} {(part.Kind == PartKind.Digits ? "digit" : "letter")}{(part is { Least: 1, Most: 1 } ? "" : "s")}");
        }
        Literal();
        return string.Join(", then ", words);

        void Literal()
        {
            if (literal.Length > 0) words.Add($"`{Prose.Code(literal)}`");
            literal = "";
        }
    }

    private static string Length(Part part) => part.Least == part.Most
        ? part.Least.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{part.Least} to {part.Most}");

    private static PartKind KindOf(char c) => char.IsAsciiDigit(c) ? PartKind.Digits : char.IsAsciiLetter(c) ? PartKind.Letters
        : c is '#' or '-' or '_' or '/' or '.' or ':' or '+' or '@' ? PartKind.Mark : PartKind.Other;

    private enum PartKind { Digits, Letters, Mark, Other }

    /// <param name="Same">The characters, as long as all values have the same.</param>
    private sealed record Part(PartKind Kind, string Same, int Least, int Most);
}
