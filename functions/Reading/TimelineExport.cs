using System.Globalization;
using System.Text;
using System.Text.Json;
using Pipeline.Domain.Ledger;

namespace Pipeline.Functions.Reading;

/// <summary>Entries of a timeline as files, the same rows in the same order.</summary>
public static class TimelineExport
{
    private static readonly string[] s_columns = ["leaf", "at", "kind", "subject", "version", "type", "what", "actor", "decidedBy", "causation", "correlation"];

    /// <summary>What a file of these entries is called: as of which leaf, and, where a search has not looked at all there is, how far it has come.</summary>
    public static string NameOf(TimelinePage page, LedgerMoment asOf, string format) =>
        page.SearchedTo is { } searched ? $"timeline-as-of-{Number(asOf.Leaf)}-searched-to-{Number(searched)}.{format}" : $"timeline-as-of-{Number(asOf.Leaf)}.{format}";

    /// <summary>RFC 4180, UTF-8. A cell that a spreadsheet would take for a formula begins with an apostrophe.</summary>
    public static string Csv(IEnumerable<TimelineEntry> entries)
    {
        var csv = new StringBuilder();
        Append(csv, s_columns);
        foreach (var e in entries)
            Append(csv, [Number(e.Leaf), Time(e.At), e.Kind, e.Subject, Number(e.Version), e.Type, e.What, e.Actor, e.DecidedBy, e.Causation, e.Correlation]);
        return csv.ToString();
    }

    /// <param name="asOf">How many leaves the answer is from.</param>
    /// <param name="searchedTo">The leaf that a search has come to, where there is more before it.</param>
    public static byte[] Json(IEnumerable<TimelineEntry> entries, LedgerMoment asOf, long? searchedTo = null) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        asOf.Leaf,
        asOf.At,
        SearchedTo = searchedTo,
        Entries = entries.Select(e => new { e.Leaf, At = Time(e.At), e.Kind, e.Subject, e.Version, e.Type, e.What, e.Actor, e.DecidedBy, e.Causation, e.Correlation }),
    }, LedgerJson.Indented);

    /// <summary>A cell that is text and nothing else to a spreadsheet (OWASP, CSV injection).</summary>
    public static string Cell(string text)
    {
        // Line ends and tabs would begin a cell anew in some programs, and half- and full-width signs are one to others.
        var line = string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
        var first = line.AsSpan().TrimStart();
        var isFormula = first.Length > 0 && "=+-@|%＝＋－＠".Contains(first[0], StringComparison.Ordinal);
        return $"\"{(isFormula ? "'" : "")}{line.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static void Append(StringBuilder csv, IEnumerable<string> cells) => csv.AppendJoin(',', cells.Select(Cell)).Append("\r\n");

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Time(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
