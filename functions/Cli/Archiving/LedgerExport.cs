using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Audit;
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

    private readonly LogSignatures _signatures = new(log.Origin, trusted);

    /// <summary>Portions and contents that were there already.</summary>
    public long Kept { get; private set; }

    /// <summary>Contents that events name and the ledger does not have, though nothing says that they were erased: digest, and what it is.</summary>
    public IReadOnlyList<(string Digest, string What)> Absent { get; private set; } = [];

    /// <summary>How many checkpoints are left out, because they cannot have been signed when the ledger says.</summary>
    public int Untimely { get; private set; }

    /// <exception cref="ArchiveException">The ledger does not hold, or the directory cannot take it.</exception>
    public async Task<ArchiveManifest> RunAsync(ArchiveDirectory directory, IProgressMeter progress, CancellationToken ct)
    {
        using var writer = await ArchiveWriter.OpenAsync(directory, log.Origin, ct);
        if (writer.Before is { } before) await RequireContinuedAsync(before, ct);
        var checkpoints = await CheckpointsAsync(ct);
        var audit = new ArchiveAudit(log.Origin, _signatures.Anchors, new([.. checkpoints.Select(c => new SigningTime(c.Size, c.Archived.SignedAt, c.Name))])) { AllowsUntimely = true };
        var portions = await PortionsAsync(directory, writer, audit, progress, ct);
        audit.Finish();
        _signatures.Require(audit);
        var contents = new List<ArchivedContent>();
        await foreach (var content in ContentsAsync(directory, writer, audit, progress, ct)) contents.Add(content);
        var there = new DigestSet();
        foreach (var content in contents.Where(c => c.Bytes is not null)) there.Add(content.Sha256);
        if (audit.FirstMissingFile(there) is { } missing)
            throw new ArchiveException(missing, "a version's file is missing in the ledger, and no event says that it was erased; `audit verify` says more");
        Absent = [.. contents.Where(c => c.Absent is true).Select(c => (c.Sha256, audit.CitedAs(c.Sha256)!.Value.What))];
        var manifest = new ArchiveManifest(
            ArchiveManifest.CurrentFormat, ProgramVersion.Name, log.Origin, target.Size, target.Root.ToBase64(), log.Checkpoint!.Note, ArchiveKeys.Archived(audit.Keys),
            leavesPerPortion, portions,
            await writer.WriteListAsync(ArchiveDirectory.CheckpointsFile, Timely(checkpoints, audit).ToAsyncEnumerable(), ct),
            await writer.WriteListAsync(ArchiveDirectory.ContentsFile, contents.ToAsyncEnumerable(), ct))
        { Forks = ArchiveKeys.Forks(audit.Lineage) };
        var names = portions.Select(p => p.File).Concat(contents.Where(c => c.Bytes is not null).Select(c => ArchiveDirectory.NameOf(c.Sha256))).ToHashSet(StringComparer.Ordinal);
        await writer.FinishAsync(manifest, names.Contains, ct);
        return manifest;
    }

    // What is there may be the last good copy of a log that was set back or rewritten.
    private async Task RequireContinuedAsync(ArchiveManifest before, CancellationToken ct)
    {
        var there = ArchiveVerification.RequireSigned(before, trusted);
        if (there.Size > target.Size)
            throw new ArchiveException(ArchiveManifest.FileName, string.Create(CultureInfo.InvariantCulture, $"the archive that is there has more leaves, {there.Size}, than the log's checkpoint, {target.Size}: the ledger was set back. The archive is left as it is; export into another directory"));
        await RequireContinuedAsync(there.Size, there.Root, "the archive that is there has another past than this ledger (`audit verify`). It is left as it is; export into another directory", ct);
    }

    private async Task<IReadOnlyList<(long Size, string Name, ArchivedCheckpoint Archived)>> CheckpointsAsync(CancellationToken ct)
    {
        var checkpoints = new List<(long, string, ArchivedCheckpoint)>();
        var (complete, hasTarget) = (false, false);
        await foreach (var line in client.CheckpointsAsync(ct))
        {
            complete |= line.TryGetProperty("complete", out _);
            if (complete) continue;
            var archived = new ArchivedCheckpoint(line.GetProperty("note").GetString()!, line.GetProperty("signedAt").GetDateTimeOffset());
            var place = $"the checkpoint signed at {archived.SignedAt:u}";
            if (SignedNote.TryParse(archived.Note) is { } note && Checkpoint.TryParse(note.Text) is { } later && later.Size > target.Size) continue;
            var checkpoint = _signatures.Read(archived.Note, place, place);
            hasTarget |= checkpoint == target;
            checkpoints.Add((checkpoint.Size, place, archived));
        }
        Require(complete);
        return hasTarget ? checkpoints : throw new ArchiveException("the last checkpoint", "it is not among those that the ledger has stored; `audit verify` says more");
    }

    // An archive must be believed without its ledger's clock, and needs no more than its last checkpoint.
    private List<ArchivedCheckpoint> Timely(IReadOnlyList<(long Size, string Name, ArchivedCheckpoint Archived)> checkpoints, ArchiveAudit audit)
    {
        var (untimely, timely) = (audit.Untimely, new List<ArchivedCheckpoint>());
        foreach (var (size, name, archived) in checkpoints.Reverse())
        {
            if (!untimely.Contains(size) && (timely.Count == 0 || archived.SignedAt <= timely[^1].SignedAt)) timely.Add(archived);
            else if (size == target.Size) throw new ArchiveException(name, "it cannot have been signed then: its last event was recorded long after. Set the clock right; there is another checkpoint when something happens");
        }
        Untimely = checkpoints.Count - timely.Count;
        timely.Reverse();
        return timely;
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
            await using var written = File.OpenRead(writer.PathOf(name));
            await foreach (var leaf in LeafPortion.ReadAsync(written, name, count, ct)) audit.Take(leaf, () => string.Create(CultureInfo.InvariantCulture, $"leaf {audit.Size}"));
            written.Position = 0;
            portions.Add(new(name, first, count, written.Length, Digest.Prefix + Convert.ToHexStringLower(await SHA256.HashDataAsync(written, ct))));
            progress.Report(first + count, target.Size, "leaves");
            if (first == 0 || first + count == target.Size || Kept > 0) await RequireSameLogAsync(audit, ct);
        }
        return portions;
    }

    // Leaves of another ledger hold in themselves, too.
    private Task RequireSameLogAsync(ArchiveAudit audit, CancellationToken ct) => RequireContinuedAsync(
        audit.Size, audit.Root, "they are not those of the checkpoint: the directory has another ledger's leaves, or the ledger does not hold (`audit verify`). Export into an empty directory", ct);

    private async Task RequireContinuedAsync(long size, MerkleHash root, string otherwise, CancellationToken ct)
    {
        var proof = (await client.ConsistencyAsync(size, target.Size, ct)).Value;
        if (Commands.Audit.ProofHashes.Read(proof.Proof) is not { } hashes || !new ConsistencyProof(size, target.Size, hashes).Verify(root, target.Root))
            throw new ArchiveException(string.Create(CultureInfo.InvariantCulture, $"the first {size} leaves"), otherwise);
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
        foreach (var some in audit.Named.Ordered().Chunk(ContentsAtOnce))
        {
            var found = new SortedDictionary<string, ArchivedContent>(StringComparer.Ordinal);
            var wanted = new List<string>();
            foreach (var digest in some)
            {
                if (audit.IsErased(digest)) found[digest] = new(digest, null, Erased: true);
                else if (await LengthAsync(directory, digest, ct) is { } length) found[digest] = new(digest, length);
                else wanted.Add(digest);
            }
            Kept += found.Values.Count(c => !c.Erased);
            if (wanted.Count > 0) await FetchAsync(writer, wanted, found, ct);
            foreach (var digest in some.Where(d => !found.ContainsKey(d) && !audit.IsFile(d) && audit.CitedAs(d) is not null)) found[digest] = new(digest, null, Absent: true);
            foreach (var content in found.Values) yield return content;
            progress.Report(done += some.Length, audit.Named.Count, "contents");
        }
    }

    private async Task FetchAsync(ArchiveWriter writer, List<string> wanted, SortedDictionary<string, ArchivedContent> found, CancellationToken ct)
    {
        // Side by side: each is waited for until it is on the disk.
        var writing = new List<Task>();
        try
        {
            await BeginAsync();
        }
        finally
        {
            // Also where the answer cannot be used: the writer must be there until what was begun is done, to take it back.
            await Task.WhenAll(writing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await Task.WhenAll(writing);

        async Task BeginAsync()
        {
            var complete = false;
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
            Require(complete);
        }
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
