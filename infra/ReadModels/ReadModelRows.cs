using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using Pipeline.Domain.Ledger;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.ReadModels;

/// <summary>Rows of read models as records: a property for each column, its name in snake case.</summary>
internal static class ReadModelRows
{
    private static readonly JsonSerializerOptions SnakeCase = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Writes many rows in one statement, sent as one JSON array.</summary>
    /// <param name="statement">The name of a statement whose only parameter is the array.</param>
    public static async Task WriteAsync<TRow>(
        NpgsqlConnection connection, string statement, IReadOnlyCollection<TRow> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0) return;
        await using var command = new NpgsqlCommand(SqlText.Of(statement), connection);
        command.Parameters.AddJson(JsonSerializer.Serialize(rows, SnakeCase));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <param name="json">A row as <c>to_jsonb</c> gives it.</param>
    public static TRow Read<TRow>(string json) => JsonSerializer.Deserialize<TRow>(json, SnakeCase)!;
}

/// <summary>Inside a row, a value in the form that events have it in.</summary>
internal sealed class AsTheLedgerWrites<T> : JsonConverter<T>
{
    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        JsonSerializer.Deserialize<T>(ref reader, LedgerJson.Options);

    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value, LedgerJson.Options);
}
