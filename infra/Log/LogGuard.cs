using System.Collections.Immutable;
using System.Text;
using Npgsql;
using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Infra.Log;

/// <summary>The rule that nothing is sealed or signed which does not continue what was published: the tree must begin with the leaves of every last published
/// checkpoint, the one in the database, the one outside of it, and the one that this process remembers. One of another log must be explained by a fork on record.</summary>
/// <remarks>A check costs nothing while only this process seals: it knows how it left the tree. After anybody else's seal, and first of all, it reads
/// the hashes at the edges of the stored tree.</remarks>
public sealed class LogGuard(ICheckpointPublication? publication)
{
    private readonly Lock _lock = new();
    private CompactRange? _left;
    private Checkpoint? _largest;
    private ImmutableHashSet<Checkpoint> _verified = [];
    private ImmutableHashSet<string> _signed = [];
    private string? _lookedFor;
    private Outside _outside = new(null, "", IsReadable: true);
    private LogStop? _inconsistent;
    /// <summary>Why nothing is sealed or signed, as it was at the last try; null: everything is in order.</summary>
    public LogStop? Stopped => _inconsistent ?? Missing;

    /// <summary>What the sealer missed at its last try, however sound the tree.</summary>
    internal LogStop? Missing { get; set; }

    internal async Task<LogStop?> CheckAsync(NpgsqlConnection connection, SealState state, CancellationToken ct)
    {
        var outside = await LookOutsideAsync(state.Origin, ct);
        CompactRange? left;
        ImmutableHashSet<Checkpoint> verified;
        bool isSigned;
        List<Checkpoint> anchors;
        lock (_lock)
        {
            if (_largest?.Origin != state.Origin) (_largest, _verified) = (null, []);
            foreach (var published in (Checkpoint?[])[outside.Checkpoint, state.Published])
                if (published is not null && published.Origin == state.Origin && (_largest is null || published.Size > _largest.Size)) _largest = published;
            // The largest first: it says most about what is missing. Of one size all are compared, for a changed one is as large as the true one.
            anchors = [.. ((Checkpoint?[])[outside.Checkpoint, _largest, state.Published]).OfType<Checkpoint>().Distinct().OrderByDescending(a => a.Size)];
            (left, verified, isSigned) = (_left, _verified, outside.Checkpoint is null || _signed.Contains(outside.Note));
        }
        if (outside.IsReadable && isSigned && left is not null && left.IsSame(state.Tree) && anchors.TrueForAll(verified.Contains)) return _inconsistent = null;

        _inconsistent = await CompareAsync(connection, state, anchors, outside, ct);
        // Only when that is all that is wrong: what else there may be is worse.
        if (_inconsistent is null && !outside.IsReadable)
            _inconsistent = LogStop.Unreadable(anchors.Find(a => a.Origin == state.Origin) ?? (state.Origin.Length > 0 ? new(state.Origin, 0, MerkleHash.EmptyRoot) : null), state.Tree.Size);
        if (_inconsistent is { } stop) return stop;
        lock (_lock) (_left, _verified, _signed) = (state.Tree, [.. anchors], [outside.Note]);
        return null;
    }

    /// <summary>This process has committed a tree that continues the one that was checked.</summary>
    internal void Continued(CompactRange tree)
    {
        lock (_lock) _left = tree;
    }

    /// <summary>A checkpoint of a tree that was checked is published now.</summary>
    /// <param name="note">Signed by this process.</param>
    internal void Published(Checkpoint checkpoint, string note)
    {
        lock (_lock)
        {
            if (_largest is not null && _largest.Origin == checkpoint.Origin && checkpoint.Size <= _largest.Size) return;
            _largest = checkpoint;
            _signed = _signed.Contains(_outside.Note) ? [_outside.Note, note] : [note];
            _verified = _outside.Checkpoint is { } outside && _verified.Contains(outside) ? [outside, checkpoint] : [checkpoint];
        }
    }

    /// <summary>Looks again at what is published outside of the database with the next check.</summary>
    internal void LookAgain()
    {
        lock (_lock) _lookedFor = null;
    }

    private async Task<Outside> LookOutsideAsync(string origin, CancellationToken ct)
    {
        if (publication is null) return _outside;
        lock (_lock)
        {
            // What stops the log may be put right there.
            if (_lookedFor == origin && _inconsistent is null) return _outside;
        }
        var bytes = (await publication.ReadAsync(ct))?.Bytes;
        var checkpoint = bytes is not null && SignedNote.TryParse(bytes) is { } note ? Checkpoint.TryParse(note.Text) : null;
        var outside = new Outside(checkpoint, checkpoint is null ? "" : Encoding.UTF8.GetString(bytes!), IsReadable: bytes is null || checkpoint is not null);
        lock (_lock) (_lookedFor, _outside) = (origin, outside);
        return outside;
    }

    private static async Task<LogStop?> CompareAsync(NpgsqlConnection connection, SealState state, List<Checkpoint> anchors, Outside outside, CancellationToken ct)
    {
        var size = state.Tree.Size;
        foreach (var other in anchors.Where(a => a.Origin != state.Origin))
            if (!await LogRecord.ExplainsAsync(connection, state.Origin, other, ct)) return LogStop.OfAnother(other, state.Origin, size);
        var own = anchors.Where(a => a.Origin == state.Origin).ToList();
        if (own is [var largest, ..] && largest.Size > size) return LogStop.Shorter(largest, size);
        try
        {
            var hashes = await StoredTree.ReadAsync(connection, [new(0, size), .. own.Select(a => new LeafRange(0, a.Size))], ct);
            if (own.Find(a => CompactRange.Of(a.Size, hashes.Of).Root() != a.Root) is { } rewritten) return LogStop.Rewritten(rewritten, size);
            if (!CompactRange.Of(size, hashes.Of).IsSame(state.Tree)) return LogStop.Damaged(own.FirstOrDefault(), size, "its edge and its nodes differ");
        }
        catch (TreeNodeMissingException e)
        {
            return LogStop.Damaged(own.FirstOrDefault(), size, e.Message);
        }
        if (state.Published is { } stored && !await LogRecord.IsSignedAsync(connection, stored, ct)) return LogStop.NotSigned(stored, own[0], size);
        return outside.Checkpoint is { } there && there.Origin == state.Origin && !await LogRecord.IsSignedAsync(connection, there, outside.Note, ct) ? LogStop.OutsideNotSigned(there, size) : null;
    }

    private sealed record Outside(Checkpoint? Checkpoint, string Note, bool IsReadable);
}
