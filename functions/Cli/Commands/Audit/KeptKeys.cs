using Pipeline.Domain.Ledger.Log;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands.Audit;

/// <summary>The keys of a log that somebody has kept, and those that they lead to.</summary>
internal static class KeptKeys
{
    /// <param name="told">A verifier key, or a file with one in each line.</param>
    /// <exception cref="CliFailure">It is neither.</exception>
    public static async Task<IReadOnlyList<NoteKey>> ReadAsync(string told, CancellationToken ct)
    {
        if (NoteKey.TryParse(told) is { } key) return [key];
        if (!File.Exists(told)) throw new CliFailure(ExitCodes.Usage, $"--key is neither a verifier key (name+id+base64) nor a file: {told}");
        var lines = (await File.ReadAllLinesAsync(told, ct)).Select(l => l.Trim()).Where(l => l.Length > 0).ToList();
        var keys = lines.Select(NoteKey.TryParse).OfType<NoteKey>().ToList();
        return keys.Count > 0 && keys.Count == lines.Count ? keys : throw new CliFailure(ExitCodes.Usage, $"{told} has lines that are no verifier key (name+id+base64), or none at all");
    }

    /// <summary>The keys to check with: those that a kept one leads to, or where none was kept those that the log names.</summary>
    public static async Task<IReadOnlyList<NoteKey>> TrustedAsync(string? told, CheckpointAnswer log, CancellationToken ct) => told is not null
        ? TrustedFrom(await ReadAsync(told, ct), log)
        : [.. log.Keys.Select(k => NoteKey.TryParse(k.Key ?? "")).OfType<NoteKey>()];

    /// <summary>What the log says of its keys, believed as far as a kept key vouches for it.</summary>
    public static IReadOnlyList<NoteKey> TrustedFrom(IReadOnlyList<NoteKey> kept, CheckpointAnswer log) => LogKeys.Fold(
    [
        .. log.Forks.SelectMany(f => (IEnumerable<LogEvent>)[.. Introduced(f.PreviousOrigin, f.PreviousKeys), new LogEvent.LogForked(f.Origin, f.PreviousOrigin, "", 0, "", "")]),
        .. Introduced(log.Origin, log.Keys),
    ]).TrustedFrom(kept);

    private static IEnumerable<LogEvent> Introduced(string origin, IReadOnlyList<LogKeyFacts> keys) =>
        from k in keys
        let key = NoteKey.TryParse(k.Key ?? "")
        where key is not null
        select new LogEvent.LogKeyIntroduced(origin, key.Name, key.IdText, Convert.ToBase64String(key.PublicKey), k.Replaces, k.Endorsement, k.Reason);
}
