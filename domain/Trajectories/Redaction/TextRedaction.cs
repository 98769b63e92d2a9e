using System.Text;
using System.Text.RegularExpressions;

namespace Pipeline.Domain.Trajectories.Redaction;

/// <summary>Redacts one text. Patterns are tried in their order, and what one has claimed the later ones leave alone.</summary>
internal sealed class TextRedaction(RedactionRules rules, Placeholders placeholders)
{
    private readonly record struct Claim(int Start, int End, RedactionPattern Pattern);

    // Shorter than any address, number or key.
    private const int ShortestText = 6;

    private readonly int mostDigits = rules.Patterns.Max(p => p.Digits);

    /// <returns>The same instance where there was nothing to redact.</returns>
    public string Redact(string text)
    {
        // Until nothing is found: what stands beside a placeholder may only now show what it is.
        while (text.Length >= ShortestText && Claims(text) is { Count: > 0 } claims) text = Replace(text, claims);
        return text;
    }

    private List<Claim> Claims(string text)
    {
        var claims = new List<Claim>();
        Mask? claimed = null, kept = null;
        var digits = Digits(text);
        var hasSign = text.AsSpan().ContainsAny(rules.Signs);
        foreach (var pattern in rules.Patterns)
        {
            if (digits < pattern.Digits || (pattern.NeedsSign && !hasSign) || (pattern.Needs is not null && !text.AsSpan().ContainsAny(pattern.Needs))) continue;
            for (var match = pattern.Regex.Match(text); match.Success;)
            {
                var value = match.Groups["value"] is { Success: true } group ? group : match;
                var found = pattern.Narrow(text, value.Index, value.Length, rules.NotSecrets);
                if (found is { } range)
                {
                    claimed ??= new Mask(text, placeholders.Existing(text));
                    if (pattern.AvoidsKept) kept ??= new Mask(text, Kept(text));
                    if (!claimed.Touches(range) && !(pattern.AvoidsKept && kept!.Touches(range)))
                    {
                        claims.Add(new(range.Start.Value, range.End.Value, pattern));
                        claimed.Add(range);
                    }
                }

                match = pattern.Regex.Match(text, found?.End.Value ?? AfterLookAlike(text, match, pattern));
            }
        }

        return claims;
    }

    // A number may begin inside what looked like one: at the next group. Such patterns match a bounded length, so this stays linear.
    private static int AfterLookAlike(string text, Match match, RedactionPattern pattern)
    {
        var end = match.Index + match.Length;
        if (!pattern.AvoidsKept) return end;
        for (var i = match.Index + 1; i < end; i++)
        {
            if (!char.IsLetterOrDigit(text[i])) return i;
        }

        return end;
    }

    private string Replace(string text, List<Claim> claims)
    {
        var redacted = new StringBuilder(text.Length);
        var at = 0;
        foreach (var claim in claims.OrderBy(c => c.Start))
        {
            redacted.Append(text, at, claim.Start - at);
            redacted.Append(placeholders.For(claim.Pattern.Id, claim.Pattern.Kind, text[claim.Start..claim.End]));
            at = claim.End;
        }

        return redacted.Append(text, at, text.Length - at).ToString();
    }

    private IEnumerable<Range> Kept(string text) =>
        rules.Kept.SelectMany(p => p.Regex.Matches(text)).Select(m => m.Index..(m.Index + m.Length));

    // Only as many as matter.
    private int Digits(string text)
    {
        var count = 0;
        foreach (var c in text)
        {
            if (char.IsAsciiDigit(c) && ++count == mostDigits) break;
        }

        return count;
    }

    /// <summary>Which characters of a text are taken. A list of ranges would make many matches in one text slow.</summary>
    private sealed class Mask
    {
        private readonly bool[] taken;

        public Mask(string text, IEnumerable<Range> ranges)
        {
            taken = new bool[text.Length];
            foreach (var range in ranges) Add(range);
        }

        public void Add(Range range) => taken.AsSpan(range).Fill(true);

        public bool Touches(Range range) => taken.AsSpan(range).Contains(true);
    }
}
