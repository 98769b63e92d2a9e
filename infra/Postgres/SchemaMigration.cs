using Npgsql;

namespace Pipeline.Infra.Postgres;

/// <summary>Brings the schema <c>ledger</c> up to what this program needs. Every step only adds, each runs once, and any number
/// of programs may do it at the same time.</summary>
public sealed class SchemaMigration(NpgsqlDataSource db, TimeProvider? time = null)
{
    /// <summary>Raised when a step takes away or changes the meaning of something that an older program reads or writes.</summary>
    public const int Major = 2;

    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <returns>The names of the steps that were applied now; none when the schema was up to date.</returns>
    /// <exception cref="SchemaTooNewException">A newer program changed the schema in a way that this one cannot work with.</exception>
    public async Task<IReadOnlyList<string>> ApplyAsync(CancellationToken ct = default)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var begin = new NpgsqlCommand(SqlText.Of("schema_begin"), connection))
            await begin.ExecuteNonQueryAsync(ct);

        var applied = await AppliedAsync(connection, ct);
        List<string> now = [];
        foreach (var (name, text) in SqlText.Migrations().Where(m => !applied.Contains(m.Name)))
        {
            await using (var step = new NpgsqlCommand(text, connection))
                await step.ExecuteNonQueryAsync(ct);
            await using var record = new NpgsqlCommand(SqlText.Of("schema_record"), connection)
            {
                Parameters = { new() { Value = name }, new() { Value = Major }, new() { Value = _time.GetUtcNow().UtcDateTime } },
            };
            await record.ExecuteNonQueryAsync(ct);
            now.Add(name);
        }

        await transaction.CommitAsync(ct);
        return now;
    }

    /// <summary>The steps that the database lacks; none when it is up to this program.</summary>
    /// <exception cref="SchemaTooNewException">A newer program changed the schema in a way that this one cannot work with.</exception>
    public async Task<IReadOnlyList<string>> PendingAsync(CancellationToken ct = default)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        try
        {
            var applied = await AppliedAsync(connection, ct);
            return [.. SqlText.Migrations().Select(m => m.Name).Where(name => !applied.Contains(name))];
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.InvalidSchemaName)
        {
            return [.. SqlText.Migrations().Select(m => m.Name)];
        }
    }

    private static async Task<HashSet<string>> AppliedAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(SqlText.Of("schema_applied"), connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        HashSet<string> names = new(StringComparer.Ordinal);
        while (await reader.ReadAsync(ct))
        {
            if (reader.GetInt32(1) is var major && major > Major) throw new SchemaTooNewException(major);
            names.Add(reader.GetString(0));
        }
        return names;
    }
}

/// <summary>The database was changed by a newer program in a way that this one cannot work with: use that program.</summary>
public sealed class SchemaTooNewException(int found)
    : Exception($"the ledger's schema is of major version {found}, this program knows {SchemaMigration.Major}: use a newer program")
{
    public int Found { get; } = found;
}
