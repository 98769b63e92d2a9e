using System.Globalization;
using System.Text;
using Pipeline.Domain.Ledger.Audit;
using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Infra.Archives;

/// <summary>Goes over a whole archive before anything is done with it.</summary>
/// <param name="keys">Those that are trusted to have signed; null: those that the archive itself names, which is its own word.</param>
/// <param name="kept">Checkpoints that somebody kept, each with the file's name.</param>
public sealed class ArchiveVerification(ArchiveDirectory directory, IReadOnlyList<NoteKey>? keys, IReadOnlyList<(string Name, byte[] Note)> kept)
{
    /// <param name="progress">Told what is gone over, how many of how many.</param>
    /// <exception cref="ArchiveException">It is not what it must be; the first place that is wrong.</exception>
    public async Task<VerifiedArchive> RunAsync(Action<long, long, string> progress, CancellationToken ct)
    {
        var (manifest, digest) = await directory.ReadManifestAsync(ct);
        var signatures = new LogSignatures(manifest.Origin, Trusted(manifest, keys));
        var (times, last) = await CheckpointsAsync(manifest, signatures, ct);
        // What the list names is held and not what the leaves do: of those nothing is proved before the last one.
        var audit = new ArchiveAudit(manifest.Origin, signatures.Anchors, times, await ListedAsync(manifest, ct));
        foreach (var portion in manifest.Leaves)
        {
            await using var file = await directory.OpenAsync(portion.File, portion.Bytes, portion.Sha256, ct);
            await foreach (var leaf in LeafPortion.ReadAsync(file, portion.File, portion.Count, ct))
            {
                audit.Take(leaf, () => string.Create(CultureInfo.InvariantCulture, $"{portion.File}, line {audit.Size - portion.First + 1}"));
                progress(audit.Size, manifest.Size, "leaves");
            }
        }
        audit.Finish();
        ArchiveKeys.Require(manifest, audit);
        signatures.Require(audit);
        var contents = new ArchiveContents(directory, manifest, audit);
        await contents.CheckAsync(progress, ct);
        return new(manifest, digest, last, audit.Keys, contents.There, contents.Erased, contents.Absent, contents.Bytes);
    }

    /// <summary>Whether the checkpoint that an archive ends with is signed, and over the leaves that it names. The leaves are not read.</summary>
    /// <exception cref="ArchiveException">It is not.</exception>
    public static Checkpoint RequireSigned(ArchiveManifest manifest, IReadOnlyList<NoteKey>? keys) => Last(manifest, new(manifest.Origin, Trusted(manifest, keys)));

    private static IReadOnlyList<NoteKey> Trusted(ArchiveManifest manifest, IReadOnlyList<NoteKey>? keys)
    {
        var named = ArchiveKeys.Of(manifest);
        return keys is null ? [.. named.Introduced.Select(LogKeys.KeyOf).OfType<NoteKey>()] : named.TrustedFrom(keys);
    }

    private static Checkpoint Last(ArchiveManifest manifest, LogSignatures signatures)
    {
        var last = signatures.Read(manifest.Checkpoint, ArchiveManifest.FileName, "the archive's checkpoint");
        return last.Size == manifest.Size && last.Root.ToBase64() == manifest.Root ? last : throw new ArchiveException(ArchiveManifest.FileName, "its checkpoint is not over the leaves that it names");
    }

    private async Task<(SigningTimes Times, Checkpoint Last)> CheckpointsAsync(ArchiveManifest manifest, LogSignatures signatures, CancellationToken ct)
    {
        var last = Last(manifest, signatures);
        foreach (var (name, note) in kept)
        {
            var checkpoint = signatures.Read(Encoding.UTF8.GetString(note), name, name);
            if (checkpoint.Size > manifest.Size) throw new ArchiveException(name, string.Create(CultureInfo.InvariantCulture, $"it is over {checkpoint.Size} leaves, and the archive has {manifest.Size}: the archive is older, or its end was taken away"));
        }
        var before = 0L;
        List<SigningTime> times = [];
        await foreach (var line in directory.ReadListAsync<ArchivedCheckpoint>(manifest.Checkpoints, ct))
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"{manifest.Checkpoints.File}, line {times.Count + 1}");
            var checkpoint = signatures.Read(line.Note ?? "", place, place);
            if (checkpoint.Size <= before || checkpoint.Size > manifest.Size) throw new ArchiveException(place, string.Create(CultureInfo.InvariantCulture, $"a checkpoint over {checkpoint.Size} leaves cannot come here"));
            before = checkpoint.Size;
            times.Add(new(checkpoint.Size, line.SignedAt, string.Create(CultureInfo.InvariantCulture, $"the checkpoint over {checkpoint.Size} leaves")));
        }
        if (before != manifest.Size) throw new ArchiveException(manifest.Checkpoints.File, "the archive's own checkpoint is not the last in it: some were taken away");
        return (new(times), last);
    }

    private async Task<DigestSet> ListedAsync(ArchiveManifest manifest, CancellationToken ct)
    {
        var listed = new DigestSet();
        await foreach (var content in directory.ReadListAsync<ArchivedContent>(manifest.Contents, ct))
            if (content.Sha256 is null || !listed.Add(content.Sha256)) throw new ArchiveException(manifest.Contents.File, $"{content.Sha256} is no digest, or comes twice");
        return listed;
    }
}

/// <summary>An archive of which every byte that is read was checked.</summary>
/// <param name="Digest">Of the manifest, and so of the whole.</param>
/// <param name="Absent">What the ledger did not have when it was exported, by the exporter's word: digest, what it is, the first leaf that names it.</param>
/// <param name="Bytes">Of all contents.</param>
public sealed record VerifiedArchive(
    ArchiveManifest Manifest, string Digest, Checkpoint Checkpoint, LogKeys Keys, IReadOnlyList<ArchivedContent> Contents, IReadOnlyList<string> Erased,
    IReadOnlyList<(string Digest, string What, long Leaf)> Absent, long Bytes);
