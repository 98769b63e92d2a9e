using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Audit;
using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Infra.Archives;

/// <summary>What is known of a ledger after one has gone over its leaves: whether they are those that were signed, which contents they name, and which keys
/// they introduce. Stops at the first thing that is wrong.</summary>
public sealed class ArchiveAudit(string origin, IReadOnlyList<(Checkpoint Checkpoint, string Name)> anchors)
{
    private static readonly byte[] Prefix = Encoding.ASCII.GetBytes(Digest.Prefix);
    private static readonly System.Buffers.SearchValues<byte> Hex = System.Buffers.SearchValues.Create("0123456789abcdef"u8);

    private readonly LogAudit _log = new(AuditState.Begin, anchors);
    private readonly SortedSet<string> _named = new(StringComparer.Ordinal);
    private readonly string _logStream = Streams.Of(Streams.Log, origin);
    private readonly byte[] _logStreamText = Encoding.UTF8.GetBytes(Streams.Of(Streams.Log, origin));

    public long Size { get; private set; }

    public MerkleHash Root => _log.Root;

    /// <summary>The keys of the log, as its own events tell.</summary>
    public LogKeys Keys { get; private set; } = LogKeys.Empty;

    /// <summary>Everything in the events that has the form of a content's digest, in ordinal order. Not all of it is one: packages have digests, too.</summary>
    public IReadOnlySet<string> Named => _named;

    /// <summary>Contents of which a sealed event says that they were deleted with a data subject.</summary>
    public IReadOnlySet<string> Purged => _log.Purged;

    /// <param name="place">Where it comes from, for what is wrong with it.</param>
    /// <exception cref="ArchiveException">The leaf is not what it must be here.</exception>
    public void Take(ArchivedLeaf leaf, Func<string> place)
    {
        try
        {
            _log.Take(Size, leaf.Text, leaf.Hash);
            if (leaf.Text.Span.IndexOf(_logStreamText) >= 0 && LeafRecord.TryRead(leaf.Text) is { } record && record.Stream == _logStream && record.Tenant == EventContext.DefaultTenant)
                Keys = LogKeys.Evolve(Keys, EventCatalogue.Default.Read(record.Type, record.Data));
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException or InvalidOperationException or FormatException or NullReferenceException)
        {
            throw new ArchiveException($"{place()} (leaf {Size})", "the event is of a type that this program knows, and cannot be read as one", e);
        }
        Require(place);
        Size++;
        Look(leaf.Text.Span);
    }

    /// <summary>All leaves were taken.</summary>
    /// <exception cref="ArchiveException">They are not all that was signed.</exception>
    public void Finish()
    {
        _log.Finish();
        Require(() => "leaves");
    }

    /// <summary>Contents of packages that are neither among those that are there nor said to be erased.</summary>
    public string? FirstMissing(IReadOnlySet<string> there) => _log.Contents.Keys.FirstOrDefault(digest => !there.Contains(digest) && !Purged.Contains(digest));

    private void Require(Func<string> place)
    {
        if (_log.Findings is [var first, ..]) throw new ArchiveException(string.Create(CultureInfo.InvariantCulture, $"{place()} (leaf {first.Leaf}, {first.Check})"), first.What);
    }

    private void Look(ReadOnlySpan<byte> text)
    {
        const int Digits = 64;
        for (int at; (at = text.IndexOf(Prefix)) >= 0; text = text[(at + Prefix.Length)..])
        {
            var digits = text[(at + Prefix.Length)..];
            if (digits.Length < Digits) return;
            digits = digits[..Digits];
            if (digits.IndexOfAnyExcept(Hex) < 0) _named.Add(Digest.Prefix + Encoding.ASCII.GetString(digits));
        }
    }
}

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
        var named = KeysOf(manifest);
        var trusted = keys is null ? [.. named.Introduced.Select(LogKeys.KeyOf).OfType<NoteKey>()] : named.TrustedFrom(keys);
        var (anchors, last) = await AnchorsAsync(manifest, trusted, ct);
        var audit = new ArchiveAudit(manifest.Origin, anchors);
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
        CheckKeys(named, audit.Keys);
        var (contents, erased, bytes) = await ContentsAsync(manifest, audit, progress, ct);
        return new(manifest, digest, last, audit.Keys, contents, erased, bytes);
    }

    private async Task<(IReadOnlyList<(Checkpoint, string)>, Checkpoint)> AnchorsAsync(ArchiveManifest manifest, IReadOnlyList<NoteKey> trusted, CancellationToken ct)
    {
        var last = Read(manifest.Checkpoint, ArchiveManifest.FileName, manifest, trusted);
        if (last.Size != manifest.Size || last.Root.ToBase64() != manifest.Root) throw new ArchiveException(ArchiveManifest.FileName, "its checkpoint is not over the leaves that it names");
        List<(Checkpoint, string)> anchors = [(last, "the archive's checkpoint")];
        foreach (var (name, note) in kept)
        {
            var checkpoint = Read(Encoding.UTF8.GetString(note), name, manifest, trusted);
            if (checkpoint.Size > manifest.Size) throw new ArchiveException(name, string.Create(CultureInfo.InvariantCulture, $"it is over {checkpoint.Size} leaves, and the archive has {manifest.Size}: the archive is older, or its end was taken away"));
            anchors.Add((checkpoint, name));
        }
        var before = 0L;
        await foreach (var line in directory.ReadListAsync<ArchivedCheckpoint>(manifest.Checkpoints, ct))
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"{manifest.Checkpoints.File}, after size {before}");
            var checkpoint = Read(line.Note ?? "", place, manifest, trusted);
            if (checkpoint.Size <= before || checkpoint.Size > manifest.Size) throw new ArchiveException(place, string.Create(CultureInfo.InvariantCulture, $"a checkpoint over {checkpoint.Size} leaves cannot come here"));
            before = checkpoint.Size;
            anchors.Add((checkpoint, string.Create(CultureInfo.InvariantCulture, $"the checkpoint over {checkpoint.Size} leaves")));
        }
        if (before != manifest.Size) throw new ArchiveException(manifest.Checkpoints.File, "the archive's own checkpoint is not the last in it: some were taken away");
        return (anchors, last);
    }

    private static Checkpoint Read(string text, string place, ArchiveManifest manifest, IReadOnlyList<NoteKey> trusted)
    {
        if (SignedNote.TryParse(text) is not { } note || Checkpoint.TryParse(note.Text) is not { } checkpoint) throw new ArchiveException(place, "what should be a checkpoint is no signed note of one");
        if (checkpoint.Origin != manifest.Origin) throw new ArchiveException(place, $"the checkpoint is of the log {checkpoint.Origin}, and the archive of {manifest.Origin}");
        return note.Verify(trusted) is { Holds: false } verdict ? throw new ArchiveException(place, $"the checkpoint's signature does not hold: {verdict.Problem}") : checkpoint;
    }

    private static LogKeys KeysOf(ArchiveManifest manifest) => LogKeys.Fold(manifest.Keys.Select(k => (Archived: k, Key: NoteKey.TryParse(k?.Key ?? "")))
        .Select(k => k.Key is null ? throw new ArchiveException(ArchiveManifest.FileName, "one of its keys is none")
            : new LogEvent.LogKeyIntroduced(manifest.Origin, k.Key.Name, k.Key.IdText, Convert.ToBase64String(k.Key.PublicKey), k.Archived.Replaces, k.Archived.Endorsement, "")));

    // What is signed is what the events say; the manifest only says it sooner.
    private static void CheckKeys(LogKeys named, LogKeys introduced)
    {
        if (!named.Introduced.Select(Facts).SequenceEqual(introduced.Introduced.Select(Facts)))
            throw new ArchiveException(ArchiveManifest.FileName, "its keys are not those that the log's events introduce");

        static (string, string, string?, string?) Facts(LogEvent.LogKeyIntroduced e) => (e.KeyId, e.PublicKey, e.Replaces, e.Endorsement);
    }

    private async Task<(IReadOnlyList<ArchivedContent> There, IReadOnlyList<string> Erased, long Bytes)> ContentsAsync(
        ArchiveManifest manifest, ArchiveAudit audit, Action<long, long, string> progress, CancellationToken ct)
    {
        var (there, erased, bytes, before) = (new List<ArchivedContent>(), new List<string>(), 0L, "");
        await foreach (var content in directory.ReadListAsync<ArchivedContent>(manifest.Contents, ct))
        {
            if (content.Sha256 is null || !audit.Named.Contains(content.Sha256)) throw new ArchiveException(manifest.Contents.File, $"no event names the content {content.Sha256}");
            if (string.CompareOrdinal(content.Sha256, before) <= 0) throw new ArchiveException(manifest.Contents.File, $"{content.Sha256} stands where it cannot: a content comes once, and in the order of the digests");
            before = content.Sha256;
            if (content.Erased != audit.Purged.Contains(content.Sha256)) throw new ArchiveException(manifest.Contents.File, content.Erased
                ? $"{content.Sha256} is said to be erased, and no event says so" : $"{content.Sha256} was erased with a data subject, and is in the archive");
            if (content.Erased)
            {
                erased.Add(content.Sha256);
                continue;
            }
            bytes += (await directory.ReadContentAsync(content, ct)).LongLength;
            there.Add(content);
            progress(there.Count + erased.Count, manifest.Contents.Count, "contents");
        }
        if (audit.FirstMissing(there.Select(c => c.Sha256).ToFrozenSet(StringComparer.Ordinal)) is { } missing)
            throw new ArchiveException(ArchiveDirectory.NameOf(missing), "a version's file is not in the archive, and no event says that it was erased");
        return (there, erased, bytes);
    }
}

/// <summary>An archive of which every byte that is read was checked.</summary>
/// <param name="Digest">Of the manifest, and so of the whole.</param>
/// <param name="Bytes">Of all contents.</param>
public sealed record VerifiedArchive(
    ArchiveManifest Manifest, string Digest, Checkpoint Checkpoint, LogKeys Keys, IReadOnlyList<ArchivedContent> Contents, IReadOnlyList<string> Erased, long Bytes);
