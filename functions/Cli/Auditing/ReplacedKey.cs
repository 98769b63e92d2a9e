using System.Globalization;
using System.Text;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Auditing;

/// <summary>Whether a checkpoint is signed with a key that the log had replaced by then. The log tells since which leaf each key signs; that it tells the truth is
/// for <c>audit verify</c>.</summary>
internal static class ReplacedKey
{
    /// <summary>Why a checkpoint's signature does not count; empty where it does.</summary>
    public static async Task<string> ProblemAsync(LedgerClient client, CheckpointAnswer log, Checkpoint checkpoint, IReadOnlyList<NoteKey> by, CancellationToken ct)
    {
        var keys = log.Keys.Select(k => k.Key).ToList();
        var signer = by.Max(k => keys.LastIndexOf(k.ToString()));
        // One that the log does not name as its own yet, or any more, has no later one.
        if (signer < 0 || signer + 1 >= keys.Count) return "";
        var stream = Domain.Ledger.Streams.Of(Domain.Ledger.Streams.Log, log.Origin);
        for (var version = signer + 2; version <= keys.Count + log.Forks.Count; version++)
        {
            var proof = (await client.ProofAsync($"{stream}@{version.ToString(CultureInfo.InvariantCulture)}", ct)).Value;
            if (LeafRecord.TryRead(Encoding.UTF8.GetBytes(proof.Text)) is not { } record || EventCatalogue.Default.Read(record.Type, record.Data) is not LogEvent.LogKeyIntroduced introduced
                || LogKeys.KeyOf(introduced)?.ToString() != keys[signer + 1]) continue;
            return proof.Leaf < checkpoint.Size ? string.Create(CultureInfo.InvariantCulture, $"it is signed with a key that was not the log's at that size: it was replaced at leaf {proof.Leaf}") : "";
        }
        return "the log does not show since when its keys sign";
    }
}
