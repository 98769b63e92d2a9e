using System.Buffers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Trajectories.Redaction;

/// <summary>What is looked for, as data: see <c>patterns.json</c>. Regular expressions run in linear time, so text cannot stall them.</summary>
internal sealed record RedactionRules(
    IReadOnlyList<RedactionPattern> Patterns,
    IReadOnlyList<RedactionPattern> Kept,
    SearchValues<string> Signs,
    IReadOnlySet<string> SecretNames,
    IReadOnlySet<string> NotSecrets)
{
    private sealed record File(List<Entry> Patterns, List<Entry> Kept, List<string> SecretNames, List<string> NotSecrets);

    private sealed record Entry(string Id, string Regex, string? Kind, string? Check, List<string>? Needs, int Digits = 0, bool AvoidsKept = false);

    public static RedactionRules Shipped()
    {
        using var stream = typeof(RedactionRules).Assembly.GetManifestResourceStream("Pipeline.Domain.Trajectories.Redaction.patterns.json")
            ?? throw new InvalidOperationException("the redaction patterns are not in the assembly");
        return Read(JsonSerializer.Deserialize<File>(stream, LedgerJson.Options) ?? throw new InvalidOperationException("the redaction patterns are empty"));
    }

    private static RedactionRules Read(File file) => new(
        [.. file.Patterns.Select(Pattern)],
        [.. file.Kept.Select(Pattern)],
        SearchValues.Create([.. file.Patterns.SelectMany(p => p.Needs ?? []).Where(IsSign)], StringComparison.OrdinalIgnoreCase),
        file.SecretNames.ToHashSet(StringComparer.Ordinal),
        file.NotSecrets.ToHashSet(StringComparer.OrdinalIgnoreCase));

    // Looked for all together, in one go over a text; shorter ones would spoil the vectorised search.
    private static bool IsSign(string need) => need.Length >= 3;

    private static RedactionPattern Pattern(Entry entry) => new(
        entry.Id,
        entry.Kind ?? "",
        new Regex(entry.Regex, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture),
        entry.Needs is null ? null : SearchValues.Create([.. entry.Needs], StringComparison.OrdinalIgnoreCase),
        entry.Needs?.TrueForAll(IsSign) ?? false,
        entry.Digits,
        Narrowing.ByName(entry.Check),
        entry.AvoidsKept);
}

/// <param name="Kind">What the placeholder says: <c>email</c> makes <c>[email-1]</c>.</param>
/// <param name="Regex">The value is its group <c>value</c>, or else the whole match.</param>
/// <param name="Needs">A text without any of these cannot match. Null: not known.</param>
/// <param name="NeedsSign">All that it needs are among the rules' signs: where there is no sign at all, it cannot match.</param>
/// <param name="Digits">A text with fewer digits cannot match.</param>
/// <param name="Narrow">Tells a look-alike from the real thing.</param>
/// <param name="AvoidsKept">Does not touch UUIDs, digests and dates.</param>
internal sealed record RedactionPattern(
    string Id, string Kind, Regex Regex, SearchValues<string>? Needs, bool NeedsSign, int Digits, Narrow Narrow, bool AvoidsKept);

/// <summary>The part of a match that is the value; null when it is none.</summary>
internal delegate Range? Narrow(string text, int start, int length, IReadOnlySet<string> notSecrets);
