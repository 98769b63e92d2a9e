using Npgsql;
using Pipeline.Domain.Ledger;

namespace Pipeline.Infra.Postgres;

/// <summary>Rows of <c>read_stream</c> and <c>read_sealed</c> as events.</summary>
internal sealed class RecordedEventReader(NpgsqlDataReader reader, EventCatalogue catalogue)
{
    // The events of one transaction lie together and have the same headers.
    private string _headersText = "{}";
    private (Actor Actor, string DecidedBy, string TraceParent) _headers = Parse("{}");

    public RecordedEvent Current()
    {
        var alias = reader.GetString(5);
        ReadHeaders(10);
        return new()
        {
            SequenceNumber = reader.GetInt64(0),
            Id = reader.GetGuid(1),
            StreamId = reader.GetString(2),
            Version = reader.GetInt64(3),
            Alias = alias,
            Event = catalogue.Read(alias, reader.GetString(4)),
            Leaf = reader.IsDBNull(11) ? null : reader.GetInt64(11),
            Context = new()
            {
                Tenant = TextOrEmpty(7),
                Actor = _headers.Actor,
                CausationId = TextOrEmpty(9),
                CorrelationId = TextOrEmpty(8),
                DecidedBy = _headers.DecidedBy,
                TraceParent = _headers.TraceParent,
                RecordedAt = reader.GetFieldValue<DateTimeOffset>(6),
            },
        };
    }

    private void ReadHeaders(int column)
    {
        var text = reader.IsDBNull(column) ? "{}" : reader.GetString(column);
        if (string.Equals(text, _headersText, StringComparison.Ordinal)) return;
        (_headersText, _headers) = (text, Parse(text));
    }

    private static (Actor, string, string) Parse(string text)
    {
        var headers = EventHeaders.Read(text);
        return (Actor.Parse(headers.Actor ?? ""), headers.DecidedBy ?? "", headers.TraceParent ?? "");
    }

    private string TextOrEmpty(int column) => reader.IsDBNull(column) ? "" : reader.GetString(column);
}
