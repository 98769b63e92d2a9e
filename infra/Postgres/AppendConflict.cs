using Npgsql;
using NpgsqlTypes;

namespace Pipeline.Infra.Postgres;

internal enum ConflictKind { Version, Inbox, Name, Package }

/// <summary>Finds out, after an append was refused, what was in its way.</summary>
internal sealed class AppendConflict(NpgsqlDataSource db, EventStore store, AppendStatement statement)
{
    private const string NotAtVersion = "LG001";
    private const string PackageIsRevoked = "LG002";

    public static ConflictKind? Of(PostgresException e) => (e.SqlState, e.ConstraintName) switch
    {
        (NotAtVersion, _) => ConflictKind.Version,
        (PackageIsRevoked, _) => ConflictKind.Package,
        (PostgresErrorCodes.UniqueViolation, "pkey_mt_streams_tenant_id_id" or "pk_mt_events_stream_and_version") => ConflictKind.Version,
        (PostgresErrorCodes.UniqueViolation, "pkey_inbox") => ConflictKind.Inbox,
        (PostgresErrorCodes.UniqueViolation, "pkey_skill_names") => ConflictKind.Name,
        _ => null,
    };

    /// <returns>Null when nothing is in the way any more.</returns>
    public async Task<AppendOutcome?> ExplainAsync(ConflictKind kind, CancellationToken ct)
    {
        if (kind == ConflictKind.Name) return await NameTakenAsync(ct);

        var (moved, ours) = await CompareStreamsAsync(ct);
        if (ours) return new AppendOutcome.Appended(statement.Versions);
        if (kind == ConflictKind.Package)
            return await new PackageHolders(db).RevokedAsync(statement.Tenant, statement.Transaction.Packages.Made, ct) is [var skill, ..] ? new AppendOutcome.PackageRevoked(skill) : null;
        if (kind == ConflictKind.Version)
            return moved is null ? null : new AppendOutcome.VersionConflict(moved.StreamId, moved.ExpectedVersion);

        var inbox = statement.Transaction.Inbox!;
        return await store.FindInboxAsync(statement.Tenant, inbox.Key, ct) is { } existing ? new AppendOutcome.AlreadyHandled(existing) : null;
    }

    /// <returns>The first stream that is not at its expected version, and whether what it holds there is this very transaction,
    /// written by an attempt that broke off without an answer.</returns>
    private async Task<(Domain.Ledger.StreamAppend? Moved, bool Ours)> CompareStreamsAsync(CancellationToken ct)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(SqlText.Of("stream_versions"), connection);
        command.Parameters.AddText(statement.Tenant);
        command.Parameters.AddTexts([.. statement.Streams.Select(s => s.StreamId)]);
        command.Parameters.AddNumbers([.. statement.Streams.Select(s => s.ExpectedVersion + 1)]);
        await using var reader = await command.ExecuteReaderAsync(ct);

        Dictionary<string, long> versions = new(StringComparer.Ordinal);
        var ours = false;
        while (await reader.ReadAsync(ct))
        {
            versions[reader.GetString(0)] = reader.GetInt64(1);
            ours |= !reader.IsDBNull(2) && statement.FirstEvent is { } first && first.Id == reader.GetGuid(2);
        }
        return (statement.Streams.FirstOrDefault(s => versions.GetValueOrDefault(s.StreamId) != s.ExpectedVersion), ours);
    }

    private async Task<AppendOutcome?> NameTakenAsync(CancellationToken ct)
    {
        var claims = statement.Transaction.ClaimedNames.ToDictionary(c => c.Name, c => c.SkillId, StringComparer.Ordinal);
        await using var connection = await db.OpenConnectionAsync(ct);
        await using var command = new NpgsqlCommand(SqlText.Of("name_holders"), connection);
        command.Parameters.AddText(statement.Tenant);
        command.Parameters.AddTexts([.. claims.Keys]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var (name, holder) = (reader.GetString(0), reader.GetString(1));
            if (!string.Equals(claims[name], holder, StringComparison.Ordinal)) return new AppendOutcome.NameTaken(name, holder);
        }
        return null;
    }
}
