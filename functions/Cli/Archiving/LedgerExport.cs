using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Archives;

namespace Pipeline.Functions.Cli.Archiving;

/// <summary>Writes a ledger's log up to its last checkpoint into a directory. What an earlier, interrupted one left there is gone over again, and kept where it holds.</summary>
/// <param name="log">With the checkpoint to go to.</param>
/// <param name="trusted">Keys that may have signed.</param>
internal sealed class LedgerExport(LedgerClient client, CheckpointAnswer log, Checkpoint target, IReadOnlyList<NoteKey> trusted, int leavesPerPortion = LedgerExport.LeavesPerPortion)
{
    public const int LeavesPerPortion = 4096;
    private const int ContentsAtOnce = 100;

    /// <summary>Portions and contents that were there already.</summary>
    public long Kept { get; private set; }

    /// <exception cref="ArchiveException">The ledger does not hold, or the directory cannot take it.</exception>
    public async Task<ArchiveManifest> RunAsync(ArchiveDirectory directory, IProgressMeter progress, CancellationToken ct)
    {
        using var writer = await ArchiveWriter.OpenAsync(directory, log.Origin, ct);
        var checkpoints = new List<ArchivedCheckpoint>();
        var audit = new ArchiveAudit(log.Origin, await AnchorsAsync(checkpoints, ct));
        var portions = await PortionsAsync(directory, writer, audit, progress, ct);
        audit.Finish();
        var contents = new List<ArchivedContent>();
        await foreach (var content in ContentsAsync(directory, writer, audit, progress, ct)) contents.Add(content);
        if (audit.FirstMissing(contents.Select(c => c.Sha256).ToHashSet(StringComparer.Ordinal)) is { } missing)
            throw new ArchiveException(missing, "a version's file is missing in the ledger, and no event says that it was erased; `audit verify` says more");
        var manifest = new ArchiveManifest(
            ArchiveManifest.CurrentFormat, ProgramVersion.Name, log.Origin, target.Size, target.Root.ToBase64(), log.Checkpoint!.Note,
            [.. audit.Keys.Introduced.Select(k => new ArchivedKey(LogKeys.KeyOf(k)?.ToString() ?? "", k.Replaces, k.Endorsement))],
            leavesPerPortion, portions,
            await writer.WriteListAsync(ArchiveDirectory.CheckpointsFile, checkpoints.ToAsyncEnumerable(), ct),
            await writer.WriteListAsync(ArchiveDirectory.ContentsFile, contents.ToAsyncEnumerable(), ct));
        var names = portions.Select(p => p.File).Concat(contents.Where(c => !c.Erased).Select(c => ArchiveDirectory.NameOf(c.Sha256))).ToHashSet(StringComparer.Ordinal);
        writer.Tidy(names.Contains);
        await writer.FinishAsync(manifest, ct);
        return manifest;
    }

    private async Task<IReadOnlyList<(Checkpoint, string)>> AnchorsAsync(List<ArchivedCheckpoint> checkpoints, CancellationToken ct)
    {
        var anchors = new List<(Checkpoint, string)>();
        var complete = false;
        await foreach (var line in client.CheckpointsAsync(ct))
        {
            complete |= line.TryGetProperty("complete", out _);
            if (complete) continue;
            var archived = new ArchivedCheckpoint(line.GetProperty("note").GetString()!, line.GetProperty("signedAt").GetDateTimeOffset());
            var place = $"the checkpoint signed at {archived.SignedAt:u}";
            if (SignedNote.TryParse(archived.Note) is not { } note || Checkpoint.TryParse(note.Text) is not { } checkpoint) throw new ArchiveException(place, "it is no signed checkpoint");
            if (checkpoint.Size > target.Size) continue;
            if (note.Verify(trusted) is { Holds: false } verdict) throw new ArchiveException(place, verdict.Problem);
            anchors.Add((checkpoint, place));
            checkpoints.Add(archived);
        }
        Require(complete);
        anchors.Add((target, "the last checkpoint"));
        return anchors;
    }

    private async Task<IReadOnlyList<ArchivedPortion>> PortionsAsync(ArchiveDirectory directory, ArchiveWriter writer, ArchiveAudit audit, IProgressMeter progress, CancellationToken ct)
    {
        var portions = new List<ArchivedPortion>();
        for (var first = 0L; first < target.Size; first += leavesPerPortion)
        {
            var (name, count) = (LeafPortion.NameOf(portions.Count), (int)Math.Min(leavesPerPortion, target.Size - first));
            if (!await IsWholeAsync(directory, name, count, ct))
            {
                await writer.WriteAsync(name, file => LeafPortion.WriteAsync(file, LeavesAsync(first, count, progress, ct), ct), ct);
            }
            else
            {
                Kept++;
            }
            // As it lies there now, whoever wrote it.
            await using var written = File.OpenRead(directory.PathOf(name));
            await foreach (var leaf in LeafPortion.ReadAsync(written, name, count, ct)) audit.Take(leaf, () => string.Create(CultureInfo.InvariantCulture, $"leaf {audit.Size}"));
            written.Position = 0;
            portions.Add(new(name, first, count, written.Length, Digest.Prefix + Convert.ToHexStringLower(await SHA256.HashDataAsync(written, ct))));
            progress.Report(first + count, target.Size, "leaves");
            if (first == 0 || first + count == target.Size || Kept > 0) await RequireSameLogAsync(audit, ct);
        }
        return portions;
    }

    // Leaves of another ledger hold in themselves, too.
    private async Task RequireSameLogAsync(ArchiveAudit audit, CancellationToken ct)
    {
        var proof = (await client.ConsistencyAsync(audit.Size, target.Size, ct)).Value;
        if (Commands.Audit.ProofHashes.Read(proof.Proof) is not { } hashes || !new ConsistencyProof(audit.Size, target.Size, hashes).Verify(audit.Root, target.Root))
            throw new ArchiveException(string.Create(CultureInfo.InvariantCulture, $"the first {audit.Size} leaves"), "they are not those of the checkpoint: the directory has another ledger's leaves, or the ledger does not hold (`audit verify`). Export into an empty directory");
    }

    private static async Task<bool> IsWholeAsync(ArchiveDirectory directory, string name, int count, CancellationToken ct)
    {
        if (!directory.Has(name)) return false;
        try
        {
            await using var file = directory.Open(name, new FileInfo(directory.PathOf(name)).Length);
            await foreach (var leaf in LeafPortion.ReadAsync(file, name, count, ct))
                if (MerkleHash.OfLeaf(leaf.Text.Span) != leaf.Hash) return false;
            return true;
        }
        catch (ArchiveException)
        {
            return false;
        }
    }

    private async IAsyncEnumerable<ArchivedLeaf> LeavesAsync(long first, int count, IProgressMeter progress, [EnumeratorCancellation] CancellationToken ct)
    {
        var next = first;
        var complete = false;
        await foreach (var line in client.LeavesAsync(first, count, ct))
        {
            complete |= line.TryGetProperty("complete", out _);
            if (complete) continue;
            var place = string.Create(CultureInfo.InvariantCulture, $"leaf {next}");
            if (line.GetProperty("leaf").GetInt64() != next) throw Wrong(place, "it did not come where it must");
            if (!line.TryGetProperty("text", out var text)) throw Wrong(place, "the event is gone");
            if (!line.TryGetProperty("hash", out var hashText) || !MerkleHash.TryParse(hashText.GetString()!, out var hash)) throw Wrong(place, "it has no hash");
            var bytes = Encoding.UTF8.GetBytes(text.GetString()!);
            if (MerkleHash.OfLeaf(bytes) != hash) throw Wrong(place, "the event is not the one that was sealed here");
            next++;
            progress.Report(next, target.Size, "leaves");
            yield return new(hash, bytes);
        }
        Require(complete);
        if (next != first + count) throw Wrong(string.Create(CultureInfo.InvariantCulture, $"leaf {next}"), "it is missing");
    }

    private async IAsyncEnumerable<ArchivedContent> ContentsAsync(ArchiveDirectory directory, ArchiveWriter writer, ArchiveAudit audit, IProgressMeter progress, [EnumeratorCancellation] CancellationToken ct)
    {
        var done = 0L;
        foreach (var some in audit.Named.Chunk(ContentsAtOnce))
        {
            var found = new SortedDictionary<string, ArchivedContent>(StringComparer.Ordinal);
            var wanted = new List<string>();
            foreach (var digest in some)
            {
                if (audit.Purged.Contains(digest)) found[digest] = new(digest, null, Erased: true);
                else if (await LengthAsync(directory, digest, ct) is { } length) found[digest] = new(digest, length);
                else wanted.Add(digest);
            }
            Kept += found.Values.Count(c => !c.Erased);
            if (wanted.Count > 0) await FetchAsync(writer, wanted, found, ct);
            foreach (var content in found.Values) yield return content;
            progress.Report(done += some.Length, audit.Named.Count, "contents");
        }
    }

    private async Task FetchAsync(ArchiveWriter writer, List<string> wanted, SortedDictionary<string, ArchivedContent> found, CancellationToken ct)
    {
        var complete = false;
        // Side by side: each is waited for until it is on the disk.
        var writing = new List<Task>();
        await foreach (var line in client.ContentsAsync(wanted, ct))
        {
            complete |= line.TryGetProperty("complete", out _);
            // Not everything that has a digest is a content: payloads of runs have one, and packages.
            if (complete || !line.TryGetProperty("digest", out var named) || named.GetString() is not { } digest) continue;
            if (line.GetProperty("altered").GetBoolean()) throw Wrong(digest, "the content is not what its digest says");
            if (!line.TryGetProperty("content", out var base64)) continue;
            var bytes = base64.GetBytesFromBase64();
            if (Digest.Of(bytes) != digest || !wanted.Contains(digest, StringComparer.Ordinal)) throw Wrong(digest, "the content is not what its digest says");
            if (found.TryAdd(digest, new(digest, bytes.LongLength)))
                writing.Add(Task.Run(() => writer.WriteAsync(ArchiveDirectory.NameOf(digest), async file => await file.WriteAsync(bytes, ct), ct), ct));
        }
        await Task.WhenAll(writing);
        Require(complete);
    }

    private static async Task<long?> LengthAsync(ArchiveDirectory directory, string digest, CancellationToken ct)
    {
        var file = new FileInfo(directory.PathOf(ArchiveDirectory.NameOf(digest)));
        if (!file.Exists) return null;
        try
        {
            await directory.ReadContentAsync(new(digest, file.Length), ct);
            return file.Length;
        }
        catch (ArchiveException)
        {
            return null;
        }
    }

    private static ArchiveException Wrong(string place, string what) => new(place, $"{what}; the ledger does not hold, and `audit verify` says more");

    private static void Require(bool complete)
    {
        if (!complete) throw new CliFailure(ExitCodes.NoServer, "The server broke off; its log says why. Run the export again, it goes on where it was.");
    }
}
