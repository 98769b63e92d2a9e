using Npgsql;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Archives;

/// <summary>Whether a ledger was imported, and from what.</summary>
public sealed class LedgerImports(NpgsqlDataSource db)
{
    /// <returns>Null where the ledger was not imported.</returns>
    public async Task<ImportRecord?> FindAsync(CancellationToken ct = default)
    {
        await using var command = db.CreateCommand(SqlText.Of("import_find"));
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new(reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetFieldValue<DateTimeOffset>(3), await reader.IsDBNullAsync(4, ct) ? null : reader.GetFieldValue<DateTimeOffset>(4))
            : null;
    }

    /// <summary>For whoever is about to use the ledger.</summary>
    /// <exception cref="UnfinishedImportException">An import into it was broken off.</exception>
    public static async Task RequireFinishedAsync(NpgsqlDataSource db, CancellationToken ct = default)
    {
        if (await new LedgerImports(db).FindAsync(ct) is { DoneAt: null } begun) throw new UnfinishedImportException(begun);
    }
}

/// <param name="Archive">Digest of its manifest.</param>
/// <param name="Size">How many leaves came from it.</param>
/// <param name="DoneAt">Null while it is not done, or was broken off.</param>
public sealed record ImportRecord(string Archive, string Origin, long Size, DateTimeOffset BegunAt, DateTimeOffset? DoneAt);

/// <summary>There is only part of a ledger in the database.</summary>
public sealed class UnfinishedImportException(ImportRecord import)
    : Exception($"an import of the log {import.Origin} into this ledger was begun and is not finished: run `ledger import` again with the same archive, it goes on where it was; or begin with an empty database")
{
    public ImportRecord Import { get; } = import;
}
