using Npgsql;

namespace Pipeline.Infra.Postgres;

/// <summary>Brings the schema <c>ledger</c> up to what this program needs. Every step only adds, each runs once, and any number
/// of programs may do it at the same time.</summary>
public sealed class SchemaMigration(NpgsqlDataSource db, TimeProvider? time = null)
{
    /// <summary>Raised when a step takes away or changes the meaning of something that an older program reads or writes.</summary>
    public const int Major = 2;

    // A step may take its time over a large ledger, and so may another program whose turn it is.
    private const int WithoutEnd = 0;

    private readonly TimeProvider _time = time ?? TimeProvider.System;

    /// <summary>What is there and what would be applied. Nothing is changed.</summary>
    public async Task<SchemaPlan> PlanAsync(CancellationToken ct = default)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        await using (var isThere = new NpgsqlCommand(SqlText.Of("schema_is_there"), connection))
            if (await isThere.ExecuteScalarAsync(ct) is not true) return PlanOf([]);
        return PlanOf(await AppliedAsync(connection, ct));
    }

    /// <returns>The names of the steps that were applied now; none when the schema was up to date.</returns>
    /// <exception cref="SchemaTooNewException">A newer program changed the schema in a way that this one cannot work with.</exception>
    public async Task<IReadOnlyList<string>> ApplyAsync(CancellationToken ct = default)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var begin = new NpgsqlCommand(SqlText.Of("schema_begin"), connection) { CommandTimeout = WithoutEnd })
            await begin.ExecuteNonQueryAsync(ct);

        var plan = PlanOf(await AppliedAsync(connection, ct));
        if (plan.IsTooNew) throw new SchemaTooNewException(plan.Found);
        var texts = SqlText.Migrations().ToDictionary(m => m.Name, m => m.Text, StringComparer.Ordinal);
        foreach (var name in plan.Pending)
        {
            await using (var step = new NpgsqlCommand(texts[name], connection) { CommandTimeout = WithoutEnd })
                await step.ExecuteNonQueryAsync(ct);
            await using var record = new NpgsqlCommand(SqlText.Of("schema_record"), connection)
            {
                Parameters = { new() { Value = name }, new() { Value = Major }, new() { Value = _time.GetUtcNow().UtcDateTime } },
            };
            await record.ExecuteNonQueryAsync(ct);
        }

        await transaction.CommitAsync(ct);
        return plan.Pending;
    }

    private static SchemaPlan PlanOf(IReadOnlyList<AppliedStep> applied)
    {
        var there = applied.Select(s => s.Name).ToHashSet(StringComparer.Ordinal);
        return new(applied, [.. SqlText.Migrations().Select(m => m.Name).Where(name => !there.Contains(name))]);
    }

    private static async Task<IReadOnlyList<AppliedStep>> AppliedAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(SqlText.Of("schema_applied"), connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        List<AppliedStep> steps = [];
        while (await reader.ReadAsync(ct)) steps.Add(new(reader.GetString(0), reader.GetInt32(1), reader.GetFieldValue<DateTimeOffset>(2)));
        return steps;
    }
}

/// <summary>The database was changed by a newer program in a way that this one cannot work with: use that program.</summary>
public sealed class SchemaTooNewException(int found)
    : Exception($"the ledger's schema is of major version {found}, this program knows {SchemaMigration.Major}: use a newer program")
{
    public int Found { get; } = found;
}
