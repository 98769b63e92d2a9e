using System.Globalization;
using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Domain.Ledger.Audit;

/// <summary>Compares the checkpoint of a file with those that an auditor kept. That one continues the other can be shown only by the ledger, but not that they are of one
/// log when they contradict each other, nor that the file is the newest there is when the log was longer already.</summary>
public static class KeptCheckpoints
{
    /// <param name="told">That of the file.</param>
    /// <param name="kept">Each with the name of its file.</param>
    /// <returns>Null when none contradicts it.</returns>
    public static AuditFinding? Contradiction(Checkpoint told, IEnumerable<(string Name, Checkpoint Checkpoint)> kept)
    {
        foreach (var (name, checkpoint) in kept)
        {
            if (checkpoint.Origin != told.Origin) return new("kept", -1, $"{name} is of log {checkpoint.Origin}, and this is of {told.Origin}: the log began anew, or it is another one");
            if (checkpoint.Size == told.Size && checkpoint.Root != told.Root)
                return new("kept", -1, string.Create(CultureInfo.InvariantCulture, $"with {told.Size} leaves the log had root {checkpoint.Root.ToBase64()} by {name}, and {told.Root.ToBase64()} by this"));
        }
        return null;
    }

    /// <summary>The longest log that the auditor has seen already, where it is longer than this one; null when none is.</summary>
    public static Checkpoint? Later(Checkpoint told, IEnumerable<Checkpoint> kept) => kept.Where(k => k.Size > told.Size).MaxBy(k => k.Size);
}
