using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Infra.Archives;

/// <summary>What a manifest says of the log's keys and names, sooner than the events do that it must agree with.</summary>
public static class ArchiveKeys
{
    /// <exception cref="ArchiveException">One of them is no key.</exception>
    public static LogKeys Of(ArchiveManifest manifest) => LogKeys.Fold(
    [
        .. (manifest.Forks ?? []).SelectMany(Events),
        .. manifest.Keys.Select(k => Introduced(manifest.Origin, k)),
    ]);

    /// <summary>For a manifest, from the log's own events.</summary>
    public static IReadOnlyList<ArchivedKey> Archived(LogKeys keys) => [.. keys.Introduced.Select(k => new ArchivedKey(LogKeys.KeyOf(k)?.ToString() ?? "", k.Replaces, k.Endorsement))];

    /// <returns>Null where the log never began anew.</returns>
    public static IReadOnlyList<ArchivedFork>? Forks(IReadOnlyList<(string Origin, LogKeys Keys)> lineage) =>
        lineage.Count > 1 ? [.. lineage.Zip(lineage.Skip(1), (before, after) => new ArchivedFork(after.Origin, before.Origin, Archived(before.Keys)))] : null;

    /// <summary>What is signed is what the events say.</summary>
    /// <exception cref="ArchiveException">They say something else than the manifest.</exception>
    public static void Require(ArchiveManifest manifest, ArchiveAudit audit)
    {
        // Archives from before there were forks in a manifest have none, whatever the log did.
        var isSame = manifest.Forks is null || Forks(audit.Lineage) is { } forks && forks.Count == manifest.Forks.Count
            && forks.Zip(manifest.Forks).All(f => f.First.Origin == f.Second.Origin && f.First.PreviousOrigin == f.Second.PreviousOrigin && f.First.PreviousKeys.SequenceEqual(f.Second.PreviousKeys));
        if (!isSame || !Archived(audit.Keys).SequenceEqual(manifest.Keys)) throw new ArchiveException(ArchiveManifest.FileName, "its keys are not those that the log's events introduce");
    }

    private static IEnumerable<LogEvent> Events(ArchivedFork? fork) => fork is { Origin: not null, PreviousOrigin: not null, PreviousKeys: not null }
        ? [.. fork.PreviousKeys.Select(k => Introduced(fork.PreviousOrigin, k)), new LogEvent.LogForked(fork.Origin, fork.PreviousOrigin, "", 0, "", "")]
        : throw new ArchiveException(ArchiveManifest.FileName, "something is missing in what it says of a log that began anew");

    private static LogEvent.LogKeyIntroduced Introduced(string origin, ArchivedKey? archived) => NoteKey.TryParse(archived?.Key ?? "") is { } key
        ? new(origin, key.Name, key.IdText, Convert.ToBase64String(key.PublicKey), archived!.Replaces, archived.Endorsement, "")
        : throw new ArchiveException(ArchiveManifest.FileName, "one of its keys is none");
}
