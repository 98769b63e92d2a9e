using Npgsql;
using Pipeline.Domain.Ledger;

namespace Pipeline.Infra.Postgres;

/// <summary>The ledger's streams, inbox and contents in PostgreSQL. Safe for concurrent use.</summary>
public sealed partial class EventStore
{
    private readonly NpgsqlDataSource _db;
    private readonly EventCatalogue _catalogue;
    private readonly TransientRetry _retry;

    public EventStore(NpgsqlDataSource db, TimeProvider? time = null, EventCatalogue? catalogue = null)
    {
        _db = db;
        _catalogue = catalogue ?? EventCatalogue.Default;
        _retry = new(time ?? TimeProvider.System);
    }

    /// <summary>Writes a transaction in one round trip. Transient failures are tried again; when an attempt broke off without an
    /// answer and had gone through after all, the answer is <see cref="AppendOutcome.Appended"/>, as it would have been.</summary>
    /// <exception cref="ArgumentException">A stream comes twice, or has neither events nor a version to hold.</exception>
    public async Task<AppendOutcome> AppendAsync(LedgerTransaction transaction, CancellationToken ct = default)
    {
        var statement = new AppendStatement(transaction, _catalogue);
        return await _retry.RunAsync(token => AppendOnceAsync(statement, token), ct);
    }

    private async ValueTask<AppendOutcome> AppendOnceAsync(AppendStatement statement, CancellationToken ct)
    {
        while (true)
        {
            // Null when it was written; no outcome when what was in the way is gone by now.
            var first = statement.Attempts++ == 0;
            if (await TryAsync(statement, ct) is not { } conflict) return new AppendOutcome.Appended(statement.Versions);
            // Nothing to find out where no earlier attempt can have gone through and only one stream can have moved.
            if (first && conflict == ConflictKind.Version && statement.Streams is [var only])
                return new AppendOutcome.VersionConflict(only.StreamId, only.ExpectedVersion);
            if (await new AppendConflict(_db, this, statement).ExplainAsync(conflict, ct) is { } outcome) return outcome;
        }
    }

    private async Task<ConflictKind?> TryAsync(AppendStatement statement, CancellationToken ct)
    {
        try
        {
            await using var connection = await _db.OpenConnectionAsync(ct);
            return await statement.ExecuteAsync(connection, ct) ? null : ConflictKind.Version;
        }
        catch (PostgresException e) when (AppendConflict.Of(e) is { } conflict)
        {
            return conflict;
        }
    }
}
