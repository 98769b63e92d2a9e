using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;

namespace Pipeline.Domain.Ledger.Audit;

/// <summary>Goes over a whole log, leaf by leaf in their order, and says what is wrong and where first: an event that is not what was sealed, a hole, an
/// order that cannot be, a checkpoint that the leaves do not lead to, a package that is not what its digest says.</summary>
/// <remarks>It believes only what it is given as <paramref name="anchors"/>: signed checkpoints, checked before, of which those that the auditor kept
/// are out of anybody's reach. What it has gone over can be put away and taken up again (<see cref="State"/>).</remarks>
/// <param name="anchors">By size, each with what people call it.</param>
public sealed class LogAudit(AuditState state, IReadOnlyList<(Checkpoint Checkpoint, string Name)> anchors)
{
    private readonly Queue<(Checkpoint Checkpoint, string Name)> _anchors = new(anchors.Where(a => a.Checkpoint.Size > state.Size || a.Checkpoint.Size == 0).OrderBy(a => a.Checkpoint.Size));
    private readonly Dictionary<string, long> _versions = new(state.Versions, StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _contents = new(state.Contents.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);
    private readonly SortedDictionary<string, (string What, long Leaf)> _cited = new(state.Cited.ToDictionary(c => c.Digest, c => (c.What, c.Leaf), StringComparer.Ordinal), StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _purged = new(state.Purged.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);
    private readonly List<AuditKey> _keys = [.. state.Keys];
    private readonly List<AuditFinding> _findings = [.. state.Findings];
    private readonly HashSet<string> _compared = new(state.Compared, StringComparer.Ordinal);
    private RecordingClock _clock = state.Clock;
    private long _next = state.Size;
    private bool _isWhole = true;
    private CompactRange _tree = CompactRange.Read(state.Size, Convert.FromBase64String(state.Tree));

    /// <summary>A place to come back to.</summary>
    public AuditState State => new(_tree.Size, Convert.ToBase64String(_tree.ToArray()), _versions.ToImmutableDictionary(StringComparer.Ordinal), _contents.ToImmutableDictionary(StringComparer.Ordinal), _purged.ToImmutableDictionary(StringComparer.Ordinal), [.. _findings], [.. _compared.Order(StringComparer.Ordinal)]) { Clock = _clock, Keys = [.. _keys], Cited = [.. _cited.Select(c => new AuditContent(c.Key, c.Value.What, c.Value.Leaf))] };

    /// <summary>When the checkpoints are said to have been signed.</summary>
    public SigningTimes Times { get; init; } = SigningTimes.None;

    public IReadOnlyList<AuditFinding> Findings => _findings;

    /// <summary>The leaf that is to come.</summary>
    public long Next => _next;

    /// <summary>Contents that packages name, by digest, with the first leaf that names each.</summary>
    public IReadOnlyDictionary<string, long> Contents => _contents;

    /// <summary>Contents beside those of packages that events name, by digest: what each is, and the first leaf that names it.</summary>
    public IReadOnlyDictionary<string, (string What, long Leaf)> Cited => _cited;

    /// <summary>Contents of which a sealed event says that they were deleted with a data subject, and that no later one names: what somebody made anew since is
    /// to be there. By digest, with the last leaf that says so.</summary>
    public IReadOnlyDictionary<string, long> Purged => _purged;

    public MerkleHash Root => _tree.Root();

    /// <summary>Whether the log's own key at that size is among those that signed a checkpoint: the one introduced last in the leaves that it covers. One that
    /// was replaced by then may be in anybody's hands. To be asked when the leaves were taken.</summary>
    public bool MaySign(Checkpoint checkpoint, IEnumerable<NoteKey> by) =>
        _keys.FindLast(k => k.Origin == checkpoint.Origin && k.Leaf < checkpoint.Size) is { } current && by.Any(k => k.ToString() == current.Key);

    /// <summary>The next leaf.</summary>
    /// <param name="text">The event's canonical text as it is now; null when the event is gone.</param>
    /// <param name="sealedHash">The hash that is stored for it; null when none is.</param>
    public void Take(long leaf, ReadOnlyMemory<byte>? text, MerkleHash? sealedHash)
    {
        if (leaf != _next)
        {
            Find("leaf-order", Math.Min(leaf, _next), $"leaf {_next} was to come, and {leaf} came: leaves were taken out, or their numbers changed");
            // The rest can be judged leaf by leaf; there is no tree over a hole.
            _isWhole = false;
        }
        _next = Math.Max(_next, leaf) + 1;
        if (text is not { } there) Find("event-gone", leaf, "the event of this leaf is gone");
        else if (LeafRecord.TryRead(there) is not { } record) Find("leaf-text", leaf, "what came is not the canonical text of an event");
        else Take(leaf, record);

        var hash = text is { } bytes ? MerkleHash.OfLeaf(bytes.Span) : sealedHash;
        if (sealedHash is null) Find("leaf-hash", leaf, "no hash is stored for this leaf");
        else if (text is not null && hash != sealedHash) Find("event-changed", leaf, "the event is not the one that was sealed here");
        if (!_isWhole) return;
        // With what was sealed, so that one changed event is one finding and does not make the rest of the log look changed.
        _tree = _tree.Append([sealedHash ?? hash ?? MerkleHash.OfLeaf([])]);
        while (_anchors.TryPeek(out var anchor) && anchor.Checkpoint.Size <= _tree.Size) Compare(_anchors.Dequeue());
    }

    /// <summary>Whether an audit that goes on from here has compared a checkpoint, or still will.</summary>
    public static bool Covers(AuditState state, Checkpoint checkpoint) => checkpoint.Size > state.Size || state.Compared.Contains(NameOf(checkpoint));

    /// <summary>All leaves were taken.</summary>
    public void Finish()
    {
        if (!_isWhole) return;
        while (_anchors.TryDequeue(out var anchor))
        {
            if (anchor.Checkpoint.Size == _tree.Size) Compare(anchor);
            else Find("log-shorter", _tree.Size, string.Create(CultureInfo.InvariantCulture, $"{anchor.Name} covers {anchor.Checkpoint.Size} leaves, and there are {_tree.Size}: the last {anchor.Checkpoint.Size - _tree.Size} were taken out, or an older backup was restored"));
        }
    }

    /// <summary>A content that a package or another event names.</summary>
    /// <param name="content">Null when it is not there, or cannot be read.</param>
    public void TakeContent(string digest, byte[]? content, bool isUnreadable)
    {
        var (what, leaf) = _contents.TryGetValue(digest, out var named) ? ("file", named) : _cited.GetValueOrDefault(digest, ("content", 0));
        if (isUnreadable || (content is not null && Digest.Of(content) != digest)) Find("content-changed", leaf, $"the {what} {digest} is not what its digest says");
        else if (content is null && !_purged.ContainsKey(digest)) Find("content-missing", leaf, $"the {what} {digest} is missing, and no sealed event says that it was erased since an event named it last");
        else if (content is not null && _purged.TryGetValue(digest, out var purged)) Find("content-erased", purged, $"the {what} {digest} was erased with a data subject, and is there: an erasure was not finished, or somebody put it back");
    }

    private void Take(long leaf, LeafRecord record)
    {
        var stream = $"{record.Tenant} {record.Stream}";
        var expected = _versions.GetValueOrDefault(stream) + 1;
        if (record.Version != expected) Find("stream-order", leaf, $"{record.Stream} was to have version {expected} here, and has {record.Version}: an event was taken out, put in or moved");
        _versions[stream] = record.Version;
        _findings.AddRange(Times.Take(leaf, record.At, ref _clock));
        var @event = EventCatalogue.Default.Read(record.Type, record.Data);
        foreach (var cited in CitedContent.Of(@event))
        {
            _cited.TryAdd(cited.Digest, (cited.What, leaf));
            _purged.Remove(cited.Digest);
        }
        switch (@event)
        {
            case SkillEvent.SkillCreated e: TakePackage(leaf, e.Content.Package); break;
            case SkillEvent.SkillImproved e: TakePackage(leaf, e.Content.Package); break;
            case SkillEvent.SkillMerged e: TakePackage(leaf, e.Content.Package); break;
            case LogEvent.LogKeyIntroduced e when record.Tenant == EventContext.DefaultTenant && record.Stream == Streams.Of(Streams.Log, e.Origin):
                _keys.Add(new(leaf, e.Origin, LogKeys.KeyOf(e)?.ToString() ?? ""));
                break;
            case TrajectoryEvent.SubjectErased { Purged: { } purged }:
                foreach (var digest in purged) _purged[digest] = leaf;
                break;
        }
    }

    private void TakePackage(long leaf, PackageManifest package)
    {
        if (PackageManifest.DigestOf(package.Files) != package.Digest) Find("package-digest", leaf, $"the package's digest {package.Digest} is not that of the files it names");
        foreach (var file in package.Files)
        {
            _contents.TryAdd(file.Sha256, leaf);
            _purged.Remove(file.Sha256);
        }
    }

    private void Compare((Checkpoint Checkpoint, string Name) anchor)
    {
        _compared.Add(NameOf(anchor.Checkpoint));
        if (anchor.Checkpoint.Root == _tree.Root()) return;
        Find("checkpoint", anchor.Checkpoint.Size, string.Create(CultureInfo.InvariantCulture, $"the first {anchor.Checkpoint.Size} leaves are not those that {anchor.Name} was signed over: the past was rewritten before leaf {anchor.Checkpoint.Size}"));
    }

    private static string NameOf(Checkpoint checkpoint) => string.Create(CultureInfo.InvariantCulture, $"{checkpoint.Size} {checkpoint.Root.ToBase64()}");

    private void Find(string check, long leaf, string what) => _findings.Add(new(check, leaf, what));
}

/// <summary>What is wrong, and where.</summary>
/// <param name="Check">Stable, for programs: the table in docs/audit.md says what each finds.</param>
/// <param name="Leaf">The leaf that it is about, or before which it is.</param>
public sealed record AuditFinding(string Check, long Leaf, string What);

/// <summary>How far an audit has come. Stored format of an interrupted one.</summary>
/// <param name="Size">Leaves gone over.</param>
/// <param name="Tree">The <see cref="CompactRange"/> over them, as base64.</param>
/// <param name="Versions">The last version of each stream, by tenant and id.</param>
/// <param name="Contents">Digests that packages name, each with the first leaf that does.</param>
/// <param name="Purged">Digests that were erased and not named since, each with the last leaf that says so.</param>
/// <param name="Compared">Checkpoints that the leaves were compared with.</param>
public sealed record AuditState(
    long Size, string Tree, ImmutableDictionary<string, long> Versions, ImmutableDictionary<string, long> Contents, ImmutableDictionary<string, long> Purged, ImmutableArray<AuditFinding> Findings, ImmutableArray<string> Compared)
{
    public static AuditState Begin { get; } = new(0, "", ImmutableDictionary<string, long>.Empty, ImmutableDictionary<string, long>.Empty, ImmutableDictionary<string, long>.Empty, [], []) { Clock = RecordingClock.Begin, Keys = [], Cited = [] };

    public required RecordingClock Clock { get; init; }

    /// <summary>The keys that the log introduced.</summary>
    public required ImmutableArray<AuditKey> Keys { get; init; }

    /// <summary>Contents beside those of packages.</summary>
    public required ImmutableArray<AuditContent> Cited { get; init; }
}

/// <param name="What">For people, what it is.</param>
/// <param name="Leaf">The first that names it.</param>
public sealed record AuditContent(string Digest, string What, long Leaf);

/// <param name="Leaf">From the size that includes it on, the key signs.</param>
/// <param name="Key">As verifiers keep it; empty when what is on record is no key.</param>
public sealed record AuditKey(long Leaf, string Origin, string Key);
