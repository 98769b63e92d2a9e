namespace Pipeline.Domain.Trajectories.Redaction;

/// <summary>The checks that a pattern can name: what a regular expression cannot say of a value.</summary>
internal static class Narrowing
{
    private const int ShortestOpaqueToken = 16;
    private const int LongestCard = 19;

    public static Narrow ByName(string? name) => name switch
    {
        null => (_, start, length, _) => start..(start + length),
        // "sk-" also begins the names of style classes, which are words with hyphens between them.
        "opaque" => (text, start, length, _) => If(IsOpaque(text.AsSpan(start, length)), start, length),
        // "bearer authentication" is prose; a token is long, or has digits in it.
        "token" => (text, start, length, _) =>
            If(length >= ShortestOpaqueToken || text.AsSpan(start, length).ContainsAnyInRange('0', '9'), start, length),
        "secret" => Secret,
        "standalone" => (text, start, length, _) => If(StandsAlone(text, start, length), start, length),
        "phone" => Phone,
        "card" => Card,
        "iban" => Iban,
        _ => throw new NotSupportedException($"no redaction check is called {name}"),
    };

    /// <summary>A card's number: 13 to 19 digits, a known issuer's first digits, Luhn's check (ISO/IEC 7812-1, annex B).</summary>
    public static bool IsCard(ReadOnlySpan<char> digits) => digits.Length is >= 13 and <= LongestCard && HasIssuer(digits) && PassesLuhn(digits);

    private static Range? If(bool holds, int start, int length) => holds ? start..(start + length) : null;

    private static bool IsOpaque(ReadOnlySpan<char> text)
    {
        var run = 0;
        foreach (var c in text)
        {
            if (char.IsAsciiDigit(c)) return true;
            run = char.IsAsciiLetter(c) ? run + 1 : 0;
            if (run >= ShortestOpaqueToken) return true;
        }

        return false;
    }

    // In code, the right side is often a type or a reference to where the secret is: it is none.
    private static Range? Secret(string text, int start, int length, IReadOnlySet<string> notSecrets)
    {
        var value = text.Substring(start, length);
        var isReference = value.StartsWith("os.environ", StringComparison.Ordinal) || value.StartsWith("process.env", StringComparison.Ordinal);
        return If(!isReference && !notSecrets.Contains(value.TrimEnd('.', ':', '?', '!', ' ')), start, length);
    }

    private static Range? Phone(string text, int start, int length, IReadOnlySet<string> notSecrets)
    {
        var digits = text.AsSpan(start, length).Count(char.IsAsciiDigit);
        var fewest = text[start] == '+' ? 8 : 9;
        return If(digits >= fewest && digits <= 15 && StandsAlone(text, start, length), start, length);
    }

    // Not a piece of a longer number or word: 12-555-123-4567, W4680753, 10.555.123.4567.
    private static bool StandsAlone(string text, int start, int length)
    {
        var end = start + length;
        return !IsWord(text, start - 1) && !IsWord(text, end) && !(Joins(text, start - 1) && IsWord(text, start - 2)) && !(Joins(text, end) && IsWord(text, end + 1));
    }

    private static bool IsWord(string text, int at) => at >= 0 && at < text.Length && (char.IsLetterOrDigit(text[at]) || text[at] is '_' or '#');

    private static bool Joins(string text, int at) => at >= 0 && at < text.Length && text[at] is '-' or '.' or '/';

    // The match is the fewest digits that a card has; it may go on for up to six more, as long as groups end where digits do.
    private static Range? Card(string text, int start, int length, IReadOnlySet<string> notSecrets)
    {
        var isFraction = start >= 2 && text[start - 1] is '.' or ',' && char.IsAsciiDigit(text[start - 2]);
        if (isFraction || IsWord(text, start - 1)) return null;
        Span<char> digits = stackalloc char[LongestCard];
        var count = 0;
        for (var i = start; i < text.Length && count < LongestCard; i++)
        {
            if (char.IsAsciiDigit(text[i]))
            {
                digits[count++] = text[i];
                if (!IsWord(text, i + 1) && IsCard(digits[..count])) return start..(i + 1);
            }
            else if (text[i] is not (' ' or '-') || !char.IsAsciiDigit(text[i - 1]))
            {
                return null;
            }
        }

        return null;
    }

    private static bool HasIssuer(ReadOnlySpan<char> digits)
    {
        var two = int.Parse(digits[..2], System.Globalization.CultureInfo.InvariantCulture);
        var four = int.Parse(digits[..4], System.Globalization.CultureInfo.InvariantCulture);
        return two is >= 40 and <= 69 or 30 or 34 or 35 or 36 or 37 or 38 or 39 or 81 || four is >= 2200 and <= 2720;
    }

    private static bool PassesLuhn(ReadOnlySpan<char> digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[^(i + 1)] - '0';
            if (i % 2 == 1) digit = digit > 4 ? (digit * 2) - 9 : digit * 2;
            sum += digit;
        }

        return sum % 10 == 0;
    }

    // The words behind it may look like more of it: drop them from the end until the check digits agree.
    private static Range? Iban(string text, int start, int length, IReadOnlySet<string> notSecrets)
    {
        for (var end = start + length; end - start >= 15; end = text.LastIndexOf(' ', end - 1, end - start))
        {
            if (IsIban(text.AsSpan(start, end - start))) return start..end;
            if (!text.AsSpan(start, end - start).Contains(' ')) break;
        }

        return null;
    }

    // ISO 7064, MOD 97-10, over the number with its first four characters moved to the end, letters counting from A = 10.
    private static bool IsIban(ReadOnlySpan<char> text)
    {
        var compact = text.ToString().Replace(" ", "", StringComparison.Ordinal);
        if (compact.Length is < 15 or > 34) return false;
        var remainder = 0;
        foreach (var c in compact[4..] + compact[..4])
        {
            var value = char.IsAsciiDigit(c) ? c - '0' : c - 'A' + 10;
            remainder = ((remainder * (value > 9 ? 100 : 10)) + value) % 97;
        }

        return remainder == 1;
    }

    private static int Count(this ReadOnlySpan<char> text, Func<char, bool> predicate)
    {
        var count = 0;
        foreach (var c in text) count += predicate(c) ? 1 : 0;
        return count;
    }
}
