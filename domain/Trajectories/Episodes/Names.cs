using System.Text;
using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Trajectories.Episodes;

/// <summary>Words and slugs made from the names of tools and environments.</summary>
public static class Names
{
    /// <summary>Lower-case words of an identifier, whatever its style: <c>getOrderDetails</c>, <c>get_order-details</c>.</summary>
    public static IEnumerable<string> Words(string identifier)
    {
        var word = new StringBuilder();
        for (var i = 0; i < identifier.Length; i++)
        {
            var c = identifier[i];
            var startsWord = char.IsAsciiLetterUpper(c) && i > 0 && (char.IsAsciiLetterLower(identifier[i - 1]) || char.IsAsciiDigit(identifier[i - 1]));
            if ((startsWord || !char.IsAsciiLetterOrDigit(c)) && word.Length > 0)
            {
                yield return word.ToString();
                word.Clear();
            }
            if (char.IsAsciiLetterOrDigit(c)) word.Append(char.ToLowerInvariant(c));
        }
        if (word.Length > 0) yield return word.ToString();
    }

    /// <summary>A skill name or a part of one: lower-case words with hyphens, at most <paramref name="atMost"/> characters. Where
    /// something of the identifier was lost, a few digits of its digest keep different ones apart.</summary>
    public static string Slug(string identifier, int atMost = 64)
    {
        var slug = string.Join('-', Words(identifier));
        var kept = identifier.All(c => char.IsAscii(c) && (char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or ' '));
        if (kept && slug.Length is > 0 && slug.Length <= atMost) return slug;
        var suffix = Digest.Short(identifier, 6);
        var head = slug.Length > atMost - 7 ? slug[..(atMost - 7)].TrimEnd('-') : slug;
        return head.Length == 0 ? $"x-{suffix}" : $"{head}-{suffix}";
    }
}
