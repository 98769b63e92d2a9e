namespace Pipeline.Infra.Log;

/// <summary>A place outside of the database where the last checkpoint is to be seen, so that a database that was set back is recognised.</summary>
public interface ICheckpointPublication
{
    /// <returns>The signed note, as it is there; null when there is none.</returns>
    ValueTask<PublishedNote?> ReadAsync(CancellationToken ct);

    /// <summary>Puts a note in the place of the one that was read, whole or not at all.</summary>
    /// <param name="over">What was read; null: nothing was there.</param>
    /// <returns>False when somebody else has written meanwhile: read again.</returns>
    ValueTask<bool> WriteAsync(string note, PublishedNote? over, CancellationToken ct);

    /// <summary>Keeps the note that was read under a name of its own, before another log's takes its place.</summary>
    /// <returns>Where that is.</returns>
    ValueTask<string> KeepAsync(PublishedNote note, CancellationToken ct);

    /// <summary>Takes the note that was read away, unless somebody else has put another in its place meanwhile.</summary>
    ValueTask RemoveAsync(PublishedNote note, CancellationToken ct);
}

/// <param name="State">Tells one state of the place from another; empty where the place cannot tell.</param>
public sealed record PublishedNote(byte[] Bytes, string State);
