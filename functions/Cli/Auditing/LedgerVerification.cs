using System.Text;
using System.Text.Json;
using Pipeline.Domain.Ledger.Audit;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Commands.Audit;

namespace Pipeline.Functions.Cli.Auditing;

/// <summary>Goes over a whole ledger from outside: reads every leaf, checkpoint and file and judges them here. The server is believed in nothing that can be
/// computed from these; only the comparison of its own tables is its word.</summary>
/// <param name="kept">Checkpoints that the auditor kept, each with the file's name.</param>
internal sealed class LedgerVerification(LedgerClient client, CheckpointAnswer log, IReadOnlyList<NoteKey> trusted, IReadOnlyList<(string Name, byte[] Note)> kept, TimeProvider time, int leavesAtOnce = LedgerVerification.LeavesAtOnce)
{
    public const int LeavesAtOnce = 5_000;
    private const int FilesAtOnce = 100;

    // The whole place is written each time, and grows with the ledger.
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(30);

    private readonly List<AuditFinding> _findings = [];
    private readonly List<(Checkpoint Checkpoint, string Name, IReadOnlyList<NoteKey> By)> _signed = [];
    private readonly List<SigningTime> _times = [];

    public int Checkpoints { get; private set; }

    /// <summary>Files of versions, policies, reports and whatever else events name, each once.</summary>
    public int Contents { get; private set; }

    /// <summary>Why the program seals and signs nothing any more, once <see cref="RestAsync"/> has asked; null where it does.</summary>
    public LogStopFacts? Stopped { get; private set; } = log.Stopped;

    /// <param name="begin">Where to go on; <see cref="AuditState.Begin"/> for the whole.</param>
    /// <param name="came">Told of each place that one can come back to.</param>
    public async Task<LogAudit> RunAsync(AuditState begin, Func<AuditState, Task> came, IProgressMeter progress, CancellationToken ct)
    {
        var audit = new LogAudit(begin, await AnchorsAsync(ct)) { Times = new(_times) };
        try
        {
            await TakeLeavesAsync(audit, came, progress, ct);
        }
        catch (OperationCanceledException)
        {
            await came(audit.State);
            throw;
        }
        await came(audit.State);
        audit.Finish();
        var leaves = audit.State.Size;
        foreach (var (checkpoint, name, _) in _signed.Where(s => s.Checkpoint.Size <= leaves && !audit.MaySign(s.Checkpoint, s.By)))
            _findings.Add(new("checkpoint-signature", checkpoint.Size, $"{name} is signed with a key that was not the log's at that size: an old one after it was replaced, or one before it was introduced"));
        await TakeContentsAsync(audit, progress, ct);
        return audit;
    }

    private async Task TakeLeavesAsync(LogAudit audit, Func<AuditState, Task> came, IProgressMeter progress, CancellationToken ct)
    {
        var last = time.GetTimestamp();
        for (var more = true; more;)
        {
            var from = audit.Next;
            await foreach (var line in client.LeavesAsync(from, leavesAtOnce, ct))
            {
                if (line.TryGetProperty("complete", out _)) continue;
                var leaf = line.GetProperty("leaf").GetInt64();
                // Not as a byte[]: a null of that type would become an empty text.
                ReadOnlyMemory<byte>? there = line.TryGetProperty("text", out var text) ? new(Encoding.UTF8.GetBytes(text.GetString()!)) : null;
                audit.Take(leaf, there, HashOf(line));
                progress.Report(leaf + 1, Math.Max(log.Leaves, leaf + 1), "leaves");
            }
            more = audit.Next > from;
            if (time.GetElapsedTime(last) < Between) continue;
            await came(audit.State);
            last = time.GetTimestamp();
        }
    }

    /// <summary>What the server says of its own tables, and what is wrong with signatures.</summary>
    public async Task<IReadOnlyList<AuditFinding>> RestAsync(CancellationToken ct)
    {
        var tables = (await client.AuditTablesAsync(ct)).Value;
        Stopped = tables.Stopped;
        return
        [
            .. Stopped is { } stop ? new[] { new AuditFinding("log-stopped", log.Leaves, $"{stop.Code}: {stop.Reason}") } : [],
            .. _findings,
            .. tables.ReadModels.Where(m => m.Differing != 0).Select(m => new AuditFinding("read-model", log.Leaves, m.Differing > 0
                ? $"{m.Differing} rows of the read model {m.Name} are not what the events say; they were altered, or it was built by another program"
                : $"the read model {m.Name} cannot be built again: the events have a hole")),
            .. tables.StreamEnds.Select(s => new AuditFinding("stream-end", log.Leaves, $"the row of {s.Stream} says that it ends at version {s.Row}, and its {s.Events} events end at {s.Last}: the row was altered, or an event taken out or put in")),
            .. tables.Names.Select(n => new AuditFinding("skill-name", log.Leaves, $"the name {n.Name} is not kept for the living skill that has it: its row ({n.SkillId}) was altered, put in or taken out")),
            .. tables.StrayEvents.Select(id => new AuditFinding("stray-event", log.Leaves, $"event {id} is neither sealed nor waiting to be: somebody put it into the table")),
        ];
    }

    private async Task<IReadOnlyList<(Checkpoint, string)>> AnchorsAsync(CancellationToken ct)
    {
        var anchors = new List<(Checkpoint, string)>();
        foreach (var (name, note) in kept) Add(anchors, name, SignedNote.TryParse(note), isKept: true);
        await foreach (var line in client.CheckpointsAsync(ct))
        {
            if (line.TryGetProperty("complete", out _)) continue;
            var (at, count) = (line.GetProperty("signedAt"), anchors.Count);
            Add(anchors, $"the checkpoint signed at {at.GetString()}", SignedNote.TryParse(line.GetProperty("note").GetString()!), isKept: false);
            if (anchors.Count > count) _times.Add(new(anchors[^1].Item1.Size, at.GetDateTimeOffset(), $"the checkpoint over {anchors[^1].Item1.Size} leaves"));
        }
        Checkpoints = anchors.Count;
        return anchors;
    }

    private void Add(List<(Checkpoint, string)> anchors, string name, SignedNote? note, bool isKept)
    {
        if (note is null || Checkpoint.TryParse(note.Text) is not { } checkpoint) _findings.Add(new("checkpoint-signature", 0, $"{name} is no signed checkpoint"));
        else if (checkpoint.Origin != log.Origin && isKept) _findings.Add(new("log-forked", checkpoint.Size, $"{name} is of log {checkpoint.Origin}, and this is {log.Origin}: the log began anew, or it is another one"));
        else
        {
            var verdict = note.Verify(trusted.Where(k => k.Name == checkpoint.Origin));
            if (!verdict.Holds)
            {
                _findings.Add(new("checkpoint-signature", checkpoint.Size, $"{name}: {verdict.Problem}"));
                return;
            }
            anchors.Add((checkpoint, name));
            _signed.Add((checkpoint, name, verdict.By));
        }
    }

    private async Task TakeContentsAsync(LogAudit audit, IProgressMeter progress, CancellationToken ct)
    {
        var done = 0;
        // One content may be a version's file and something else: it is looked at once.
        List<string> named = [.. audit.Contents.Keys.Union(audit.Cited.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        Contents = named.Count;
        foreach (var some in named.Chunk(FilesAtOnce))
        {
            await foreach (var line in client.ContentsAsync(some, ct))
            {
                if (line.TryGetProperty("complete", out _)) continue;
                audit.TakeContent(line.GetProperty("digest").GetString()!, line.TryGetProperty("content", out var content) ? content.GetBytesFromBase64() : null, line.GetProperty("altered").GetBoolean());
                progress.Report(++done, named.Count, "contents");
            }
        }
    }

    private static MerkleHash? HashOf(JsonElement line) => line.TryGetProperty("hash", out var text) && MerkleHash.TryParse(text.GetString()!, out var hash) ? hash : null;
}
