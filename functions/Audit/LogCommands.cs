using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.LedgerApi;
using Pipeline.Infra.Archives;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Audit;

/// <summary>What an admin can do to the log: give it another key, or let it begin anew.</summary>
public sealed class LogCommands(LogIdentity identity, ILogKeys keys, LedgerImports imports, CheckpointStore checkpoints, LogTree tree, ICheckpointPublication publication, Sealer sealer, LedgerFollower follower, CommitSignal commits, TimeProvider time)
{
    /// <param name="lost">The old key cannot vouch for the new one.</param>
    public async Task<KeyOutcome> RotateAsync(string reason, bool lost, CancellationToken ct)
    {
        var outcome = await identity.RotateAsync(Context("rotate"), reason, lost, ct);
        await SettleAsync(outcome, ct);
        return outcome;
    }

    public async Task<KeyOutcome> AcceptForkAsync(string reason, CancellationToken ct)
    {
        await follower.SettleAsync(ct);
        if (sealer.Guard.Stopped is null && await CopiedAsync(ct) is { } copied)
            return await ForkAsync(new LogStop("log-imported", "the ledger was imported, and the log's key is elsewhere", copied.Checkpoint, await tree.SizeAsync(ct)), copied.Note, reason, ct);
        if (sealer.Guard.Stopped is not { } stop) return new KeyOutcome.Refused("log-in-order", "the log continues what was published; there is nothing to accept");
        if (stop is not { Published: { } published, IsFork: true })
            return new KeyOutcome.Refused(stop.Code, $"{stop.Reason}; under another name it would be as damaged. Restore the database from a backup");
        // The one outside of the database may be newer than any in it, and then its note is not here; and what is stored may be no note of it.
        var note = await checkpoints.LatestAsync(published.Origin, ct) is { } stored && SignedNote.TryParse(stored.Note)?.Text == published.Text() ? stored.Note : published.Text();
        return await ForkAsync(stop, note, reason, ct);
    }

    // Whoever has the log's key may be going on with it elsewhere: this is a copy, which can have a log of its own.
    private async Task<StoredCheckpoint?> CopiedAsync(CancellationToken ct)
    {
        if (await imports.FindAsync(ct) is not { } import || await identity.OriginAsync(ct) is var origin && origin != import.Origin) return null;
        if ((await identity.KeysAsync(origin, ct: ct)).Current is not { } current || LogKeys.KeyOf(current) is not { } key || await keys.FindAsync(key, ct) is not null) return null;
        return await checkpoints.LatestAsync(origin, ct);
    }

    private async Task<KeyOutcome> ForkAsync(LogStop stop, string note, string reason, CancellationToken ct)
    {
        var outcome = await identity.ForkAsync(Context("fork"), stop, note, (await tree.EdgeAsync(ct)).Root(), reason, ct);
        // On record first; then what nobody can read makes room, kept beside for whoever looks into it.
        if (outcome is KeyOutcome.Done && stop.IsUnreadable && await publication.ReadAsync(ct) is { } there)
        {
            await publication.KeepAsync(there, ct);
            await publication.RemoveAsync(there, ct);
        }
        await SettleAsync(outcome, ct);
        return outcome;
    }

    private async Task SettleAsync(KeyOutcome outcome, CancellationToken ct)
    {
        if (outcome is not KeyOutcome.Done) return;
        commits.Set();
        await follower.SettleAsync(ct);
        await follower.SignAsync(atOnce: true, ct);
    }

    private EventContext Context(string command) => new()
    {
        Actor = Caller.Current.Actor,
        CausationId = $"audit-{command}",
        CorrelationId = Streams.Log,
        DecidedBy = ProgramVersion.Name,
        RecordedAt = time.GetUtcNow(),
    };
}
