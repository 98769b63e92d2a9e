using Npgsql;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Log;

/// <summary>Signs the log as it stands and publishes that: in the database, and where it is seen from outside.</summary>
public sealed class CheckpointSigner(
    NpgsqlDataSource db, Sealer sealer, LogIdentity identity, ILogKeys keys, CheckpointStore checkpoints, TimeProvider time, ICheckpointPublication? publication = null)
    : IDisposable
{
    /// <summary>Under load no more than one in this time; what is signed later covers what was sealed meanwhile.</summary>
    public static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _one = new(1);
    private DateTimeOffset _last = DateTimeOffset.MinValue;

    /// <summary>How many leaves the last checkpoint covers that this process has signed or seen; below 0 before the first.</summary>
    public long Covered { get; private set; } = -1;

    public void Dispose() => _one.Dispose();

    /// <summary>Signs when the tree has grown since the last checkpoint.</summary>
    /// <param name="atOnce">Even if the last one is younger than <see cref="Between"/>.</param>
    /// <exception cref="LogKeyException">The key's file is not what it must be.</exception>
    public async Task<SigningOutcome> SignAsync(bool atOnce, CancellationToken ct = default)
    {
        await _one.WaitAsync(ct);
        try
        {
            // A checkpoint that leaves out what was recorded long before it would say of that time what it was not.
            if (sealer.HasMore) return new SigningOutcome.TooSoon();
            if (!atOnce && time.GetUtcNow() - _last < Between) return new SigningOutcome.TooSoon();
            var outcome = await SignOnceAsync(ct);
            if (outcome is SigningOutcome.Signed) _last = time.GetUtcNow();
            return outcome;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<SigningOutcome> SignOnceAsync(CancellationToken ct)
    {
        // With everything that anybody has published by now.
        sealer.Guard.LookAgain();
        if (await TakeAsync(null, ct) is not { State: var state } taken) return new SigningOutcome.Unnamed();
        if (taken.Stop is { } stop) return new SigningOutcome.Stopped(stop);
        if (state.Published is { } last && last.Size == state.Tree.Size) return await RepublishAsync(last, ct);

        // A key signs from its own leaf on, so that whoever sees its first signature finds it in what it signs.
        var current = (await identity.KeysAsync(state.Origin, state.Tree.Size, ct)).Current;
        if (current is null || LogKeys.KeyOf(current) is not { } key) return new SigningOutcome.Unnamed();
        if (await keys.FindAsync(key, ct) is not { } signer) return new SigningOutcome.KeyAway(key);

        var checkpoint = new Checkpoint(state.Origin, state.Tree.Size, state.Tree.Root());
        var signature = await signer.SignAsync(SignedNote.SignedBytes(checkpoint.Text()), ct);
        var note = SignedNote.Of(checkpoint.Text(), NoteSignature.By(key, signature));
        if (!note.Verify([key]).Holds) throw new LogKeyException($"what key {key.IdText} signs does not hold for its public half; put the right key back from a backup");
        var stored = new StoredCheckpoint(checkpoint, note.ToString(), key.IdText, time.GetUtcNow());
        var after = await TakeAsync(stored, ct);
        if (after?.Stop is { } later) return new SigningOutcome.Stopped(later);
        if (after?.State.Origin != checkpoint.Origin) return new SigningOutcome.Unnamed();
        await PublishAsync(stored, ct);
        Covered = checkpoint.Size;
        return new SigningOutcome.Signed(stored);
    }

    // Under the sealer's lock: nothing is sealed and nothing else signed between what is checked and what is written. Signing itself, which may be a call to a
    // vault, is not done under it.
    private async Task<Taken?> TakeAsync(StoredCheckpoint? signed, CancellationToken ct)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        SealState state;
        await using (var command = new NpgsqlCommand(SqlText.Of("seal_lock"), connection))
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            await reader.ReadAsync(ct);
            state = SealState.Read(reader);
        }
        if (state.Origin.Length == 0) return null;
        if (await sealer.Guard.CheckAsync(connection, state, ct) is { } stop) return new(state, stop);
        if (signed is not null && signed.Checkpoint.Origin == state.Origin && (state.Published is null || state.Published.Size < signed.Checkpoint.Size))
        {
            await CheckpointStore.AddAsync(connection, signed, ct);
            await transaction.CommitAsync(ct);
            sealer.Guard.Published(signed.Checkpoint, signed.Note);
        }
        return new(state, null);
    }

    private async Task<SigningOutcome> RepublishAsync(Checkpoint last, CancellationToken ct)
    {
        if (await checkpoints.LatestAsync(last.Origin, ct) is { } stored) await PublishAsync(stored, ct);
        Covered = last.Size;
        return new SigningOutcome.Nothing();
    }

    private async Task PublishAsync(StoredCheckpoint stored, CancellationToken ct)
    {
        if (publication is null) return;
        // Who writes at the same moment as somebody else looks again: the larger one stays.
        while (await publication.ReadAsync(ct) is var there)
        {
            var note = there is null ? null : SignedNote.TryParse(there.Bytes);
            var seen = note is null ? null : Checkpoint.TryParse(note.Text);
            // What cannot be read stops the log with the next check, and stays for whoever looks into that.
            if (there is not null && seen is null) return;
            if (seen is not null && seen.Origin == stored.Checkpoint.Origin && seen.Size >= stored.Checkpoint.Size) return;
            if (seen is not null && seen.Origin != stored.Checkpoint.Origin) await publication.KeepAsync(there!, ct);
            if (await publication.WriteAsync(stored.Note, there, ct)) return;
        }
    }

    private sealed record Taken(SealState State, LogStop? Stop);
}

public abstract record SigningOutcome
{
    private SigningOutcome() { }

    public sealed record Signed(StoredCheckpoint Checkpoint) : SigningOutcome;

    /// <summary>The last checkpoint covers everything.</summary>
    public sealed record Nothing : SigningOutcome;

    public sealed record TooSoon : SigningOutcome;

    /// <summary>The log has no name, or its first key is not sealed yet.</summary>
    public sealed record Unnamed : SigningOutcome;

    /// <summary>The private half of the key is not kept where this program looks.</summary>
    public sealed record KeyAway(NoteKey Key) : SigningOutcome;

    public sealed record Stopped(LogStop Stop) : SigningOutcome;
}
