using System.Globalization;
using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Infra.Archives;

/// <summary>Signed checkpoints of one log. Only a key of the log's own name speaks for it, and only while it is the log's.</summary>
/// <param name="trusted">Keys that may have signed; those of other logs are passed over.</param>
public sealed class LogSignatures(string origin, IReadOnlyList<NoteKey> trusted)
{
    private readonly IReadOnlyList<NoteKey> _own = [.. trusted.Where(k => k.Name == origin)];
    private readonly List<(Checkpoint Checkpoint, string Name, string Place, IReadOnlyList<NoteKey> By)> _read = [];

    /// <summary>Those that were read, each with what people call it.</summary>
    public IReadOnlyList<(Checkpoint Checkpoint, string Name)> Anchors => [.. _read.Select(r => (r.Checkpoint, r.Name))];

    /// <param name="text">The signed note.</param>
    /// <param name="place">Where it stands.</param>
    /// <param name="name">What people call it.</param>
    /// <exception cref="ArchiveException">It is no checkpoint of the log that one of its keys signed.</exception>
    public Checkpoint Read(string text, string place, string name)
    {
        if (SignedNote.TryParse(text) is not { } note || Checkpoint.TryParse(note.Text) is not { } checkpoint) throw new ArchiveException(place, "what should be a checkpoint is no signed note of one");
        if (checkpoint.Origin != origin) throw new ArchiveException(place, $"the checkpoint is of the log {checkpoint.Origin}, and the archive of {origin}");
        var verdict = note.Verify(_own);
        if (!verdict.Holds) throw new ArchiveException(place, $"the checkpoint's signature does not hold: {verdict.Problem}");
        _read.Add((checkpoint, name, place, verdict.By));
        return checkpoint;
    }

    /// <summary>That each of them is signed with the key that the log had at that size.</summary>
    /// <param name="audit">Has taken all leaves.</param>
    /// <exception cref="ArchiveException">One is not.</exception>
    public void Require(ArchiveAudit audit)
    {
        foreach (var (checkpoint, _, place, by) in _read)
            if (!audit.MaySign(checkpoint, by))
                throw new ArchiveException(place, string.Create(CultureInfo.InvariantCulture, $"the checkpoint over {checkpoint.Size} leaves is signed with a key that was not the log's at that size: an old one after it was replaced, or one before it was introduced"));
    }
}
