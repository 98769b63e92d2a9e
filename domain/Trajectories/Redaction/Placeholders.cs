using System.Globalization;
using System.Text.RegularExpressions;

namespace Pipeline.Domain.Trajectories.Redaction;

/// <summary>
/// The names that stand for values within one trajectory: the same value has the same name wherever it turns up, so that one can
/// still see where an argument came from. Names that are there already (from an emitter that redacts itself) are left to their owners.
/// </summary>
internal sealed class Placeholders(Regex existing, Func<IEnumerable<string>> texts)
{
    private readonly Dictionary<(string Kind, string Value), string> names = [];
    private readonly Dictionary<string, int> last = new(StringComparer.Ordinal);
    private bool isReserved;
    private readonly SortedDictionary<string, int> counts = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, int> Counts => counts;

    /// <summary>Matches the placeholders of these kinds.</summary>
    public static Regex Form(IEnumerable<string> kinds) =>
        new($@"\[(?<kind>{string.Join('|', kinds)})-(?<number>[1-9][0-9]{{0,5}})\]", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture);

    public IEnumerable<Range> Existing(string text)
    {
        if (!text.Contains('[', StringComparison.Ordinal)) yield break;
        foreach (Match match in existing.Matches(text)) yield return match.Index..(match.Index + match.Length);
    }

    public string For(string patternId, string kind, string value)
    {
        counts[patternId] = counts.GetValueOrDefault(patternId) + 1;
        var key = (kind, Same(kind, value));
        if (names.TryGetValue(key, out var name)) return name;
        if (!isReserved) Reserve();
        last[kind] = last.GetValueOrDefault(kind) + 1;
        return names[key] = $"[{kind}-{last[kind].ToString(CultureInfo.InvariantCulture)}]";
    }

    // New names are numbered after those that are there. Read only when a name is needed: most payloads have nothing private.
    private void Reserve()
    {
        isReserved = true;
        foreach (Match match in texts().Where(t => t.Contains('[', StringComparison.Ordinal)).SelectMany(t => existing.Matches(t)))
        {
            var number = int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture);
            var kind = match.Groups["kind"].Value;
            last[kind] = Math.Max(last.GetValueOrDefault(kind), number);
        }
    }

    // People and databases write the same address, number or account differently.
    private static string Same(string kind, string value) => kind switch
    {
        "email" => value.ToLowerInvariant(),
        "card" or "phone" or "ssn" => string.Concat(value.Where(char.IsAsciiDigit)),
        "iban" => value.Replace(" ", "", StringComparison.Ordinal),
        _ => value,
    };
}
