using Npgsql;
using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Infra.Log;

/// <summary>The columns of an event as they go into its leaf: seq_id, tenant_id, stream_id, version, id, type, time, correlation_id, causation_id,
/// headers, data, from the first column on.</summary>
internal static class LeafRow
{
    /// <returns>Null when the event is not there.</returns>
    public static LeafRecord? Read(NpgsqlDataReader row) => row.IsDBNull(4) ? null : new()
    {
        Tenant = Text(row, 1),
        Stream = Text(row, 2),
        Version = row.GetInt64(3),
        Id = row.GetGuid(4),
        Type = row.GetString(5),
        At = row.GetFieldValue<DateTimeOffset>(6),
        Correlation = Text(row, 7),
        Causation = Text(row, 8),
        Headers = Text(row, 9),
        Data = row.GetString(10),
    };

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
