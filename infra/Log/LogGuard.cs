using Npgsql;
using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Infra.Log;

/// <summary>The rule that nothing is sealed or signed which does not continue what was published: the tree must begin with the leaves of the last published
/// checkpoint, be it the one in the database, the one outside of it, or one that this process remembers.</summary>
/// <remarks>A check costs nothing while only this process seals: it knows how it left the tree. After anybody else's seal, and first of all, it reads
/// the hashes at the edges of the stored tree.</remarks>
public sealed class LogGuard(ICheckpointPublication? publication)
{
    private readonly Lock _lock = new();
    private CompactRange? _left;
    private Checkpoint? _anchor;
    private Checkpoint? _verified;
    private string _lookedFor = "";
    private LogStop? _inconsistent;
    /// <summary>Why nothing is sealed or signed, as it was at the last try; null: everything is in order.</summary>
    public LogStop? Stopped => _inconsistent ?? Missing;

    /// <summary>What the sealer missed at its last try, however sound the tree.</summary>
    internal LogStop? Missing { get; set; }

    internal async Task<LogStop?> CheckAsync(NpgsqlConnection connection, SealState state, CancellationToken ct)
    {
        var outside = await LookOutsideAsync(state.Origin, ct);
        CompactRange? left;
        Checkpoint? anchor, verified;
        lock (_lock)
        {
            if (_anchor?.Origin != state.Origin) (_anchor, _verified) = (null, null);
            foreach (var published in (Checkpoint?[])[state.Published, outside])
                if (published is not null && published.Origin == state.Origin && (_anchor is null || published.Size > _anchor.Size)) _anchor = published;
            (left, anchor, verified) = (_left, _anchor, _verified);
        }
        if (left is not null && left.IsSame(state.Tree) && (anchor is null || anchor == verified)) return _inconsistent = null;

        _inconsistent = await CompareAsync(connection, state, anchor, ct);
        if (_inconsistent is { } stop) return stop;
        lock (_lock) (_left, _verified) = (state.Tree, anchor);
        return null;
    }

    /// <summary>This process has committed a tree that continues the one that was checked.</summary>
    internal void Continued(CompactRange tree)
    {
        lock (_lock) _left = tree;
    }

    /// <summary>A checkpoint of a tree that was checked is published now.</summary>
    internal void Published(Checkpoint checkpoint)
    {
        lock (_lock)
            if (_anchor is null || _anchor.Origin != checkpoint.Origin || checkpoint.Size > _anchor.Size) (_anchor, _verified) = (checkpoint, checkpoint);
    }

    /// <summary>Looks again at what is published outside of the database with the next check.</summary>
    internal void LookAgain()
    {
        lock (_lock) _lookedFor = "";
    }

    private async Task<Checkpoint?> LookOutsideAsync(string origin, CancellationToken ct)
    {
        if (publication is null || origin.Length == 0) return null;
        lock (_lock)
        {
            if (_lookedFor == origin) return null;
        }
        var note = await publication.ReadAsync(ct) is { } bytes ? SignedNote.TryParse(bytes) : null;
        lock (_lock) _lookedFor = origin;
        return note is null ? null : Checkpoint.TryParse(note.Text);
    }

    private static async Task<LogStop?> CompareAsync(NpgsqlConnection connection, SealState state, Checkpoint? anchor, CancellationToken ct)
    {
        var size = state.Tree.Size;
        if (anchor is not null && anchor.Size > size) return LogStop.Shorter(anchor, size);
        try
        {
            LeafRange[] plan = anchor is null ? [new(0, size)] : [new(0, size), new(0, anchor.Size)];
            var hashes = await StoredTree.ReadAsync(connection, plan, ct);
            if (anchor is not null && CompactRange.Of(anchor.Size, hashes.Of).Root() != anchor.Root) return LogStop.Rewritten(anchor, size);
            return CompactRange.Of(size, hashes.Of).IsSame(state.Tree) ? null : LogStop.Damaged(anchor, size, "its edge and its nodes differ");
        }
        catch (TreeNodeMissingException e)
        {
            return LogStop.Damaged(anchor, size, e.Message);
        }
    }
}
