using Npgsql;
using NpgsqlTypes;

namespace Pipeline.Infra.Postgres;

/// <summary>Positional parameters with the types that the tables have, so that the server never has to guess.</summary>
internal static class Parameters
{
    public static void AddText(this NpgsqlParameterCollection parameters, string? value) =>
        parameters.Add(new NpgsqlParameter<string?> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Varchar });

    public static void AddJson(this NpgsqlParameterCollection parameters, string? value) =>
        parameters.Add(new NpgsqlParameter<string?> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Jsonb });

    public static void AddNumber(this NpgsqlParameterCollection parameters, long value) =>
        parameters.Add(new NpgsqlParameter<long> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bigint });

    public static void AddNumberOrNull(this NpgsqlParameterCollection parameters, long? value) =>
        parameters.Add(new NpgsqlParameter { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });

    public static void AddFlag(this NpgsqlParameterCollection parameters, bool value) =>
        parameters.Add(new NpgsqlParameter<bool> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Boolean });

    public static void AddTime(this NpgsqlParameterCollection parameters, DateTimeOffset value) =>
        parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.TimestampTz });

    public static void AddTexts(this NpgsqlParameterCollection parameters, string[] values) =>
        parameters.Add(new NpgsqlParameter<string[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar });

    public static void AddNumbers(this NpgsqlParameterCollection parameters, long[] values) =>
        parameters.Add(new NpgsqlParameter<long[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });

    public static void AddBytes(this NpgsqlParameterCollection parameters, byte[] value) =>
        parameters.Add(new NpgsqlParameter<byte[]> { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bytea });

    public static void AddBytes(this NpgsqlParameterCollection parameters, byte[][] values) =>
        parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea });
}
