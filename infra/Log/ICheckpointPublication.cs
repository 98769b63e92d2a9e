namespace Pipeline.Infra.Log;

/// <summary>A place outside of the database where the last checkpoint is to be seen, so that a database that was set back is recognised.</summary>
public interface ICheckpointPublication
{
    /// <returns>The signed note, as it is there; null when there is none.</returns>
    ValueTask<byte[]?> ReadAsync(CancellationToken ct);

    /// <summary>Puts a note in the place of the one that is there, whole or not at all.</summary>
    ValueTask WriteAsync(string note, CancellationToken ct);

    /// <summary>Keeps the note that is there under a name of its own, and makes room: it is of another log.</summary>
    /// <returns>Where it is now.</returns>
    ValueTask<string> MoveAsideAsync(CancellationToken ct);
}
