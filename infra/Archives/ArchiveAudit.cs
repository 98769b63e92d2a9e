using System.Globalization;
using System.Text.Json;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Audit;
using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Infra.Archives;

/// <summary>What is known of a ledger after one has gone over its leaves: whether they are those that were signed, which contents they name, and which keys
/// they introduce. Stops at the first thing that is wrong.</summary>
/// <param name="times">When checkpoints are said to have been signed.</param>
/// <param name="among">The contents that matter; null: every one that is named.</param>
public sealed class ArchiveAudit(string origin, IReadOnlyList<(Checkpoint Checkpoint, string Name)> anchors, SigningTimes times, DigestSet? among = null)
{
    // As the canonical text has it.
    private static readonly byte[] OfTheLog = System.Text.Encoding.ASCII.GetBytes($"\"stream\":\"{Streams.Log}-");

    private readonly LogAudit _log = new(AuditState.Begin, anchors) { Times = times };
    private readonly Dictionary<string, LogKeys> _logs = new(StringComparer.Ordinal);

    /// <summary>Whether a time of signing that cannot be is told by <see cref="Untimely"/>, and is no reason to stop.</summary>
    public bool AllowsUntimely { get; init; }

    public long Size { get; private set; }

    public MerkleHash Root => _log.Root;

    /// <summary>The logs that this one goes on from, the first one first, and last itself: what each is called, and what its own events tell.</summary>
    public IReadOnlyList<(string Origin, LogKeys Keys)> Lineage
    {
        get
        {
            List<(string, LogKeys)> lineage = [];
            var seen = new HashSet<string>(StringComparer.Ordinal);
            for (var at = origin; at is not null && seen.Add(at);)
            {
                var keys = _logs.GetValueOrDefault(at, LogKeys.Empty);
                lineage.Add((at, keys));
                at = keys.Fork?.PreviousOrigin;
            }
            lineage.Reverse();
            return lineage;
        }
    }

    /// <summary>The keys of the log under its present name.</summary>
    public LogKeys Keys => _logs.GetValueOrDefault(origin, LogKeys.Empty);

    /// <summary>Everything in the events that has the form of a content's digest. Not all of it is one: packages have digests, too.</summary>
    public DigestSet Named { get; } = new();

    /// <summary>Whether a sealed event says of a content that it was deleted with a data subject, and no later one names it.</summary>
    public bool IsErased(string digest) => _log.Purged.ContainsKey(digest);

    /// <summary>Contents beside the files of versions that the ledger is to have: what each is, and the first leaf that names it.</summary>
    /// <remarks>What an event has in the place of a digest need not be one.</remarks>
    public IEnumerable<KeyValuePair<string, (string What, long Leaf)>> Cited => _log.Cited.Where(c => DigestSet.IsDigest(c.Key));

    /// <summary>Sizes of checkpoints that cannot have been signed when they are said to have been.</summary>
    public IReadOnlySet<long> Untimely => _log.Findings.Where(IsUntimely).Select(f => f.Leaf).ToHashSet();

    /// <param name="place">Where it comes from, for what is wrong with it.</param>
    /// <exception cref="ArchiveException">The leaf is not what it must be here.</exception>
    public void Take(ArchivedLeaf leaf, Func<string> place)
    {
        try
        {
            _log.Take(Size, leaf.Text, leaf.Hash);
            if (leaf.Text.Span.IndexOf(OfTheLog) >= 0 && LeafRecord.TryRead(leaf.Text) is { } record && record.Tenant == EventContext.DefaultTenant) Follow(record);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or ArgumentException or InvalidOperationException or FormatException or NullReferenceException)
        {
            throw new ArchiveException($"{place()} (leaf {Size})", "the event is of a type that this program knows, and cannot be read as one", e);
        }
        Require(place);
        Size++;
        Named.AddFrom(leaf.Text.Span, among);
    }

    /// <summary>All leaves were taken.</summary>
    /// <exception cref="ArchiveException">They are not all that was signed.</exception>
    public void Finish()
    {
        _log.Finish();
        Require(() => "leaves");
    }

    /// <summary>Whether a checkpoint is signed with the key that the log had at that size.</summary>
    public bool MaySign(Checkpoint checkpoint, IEnumerable<NoteKey> by) => _log.MaySign(checkpoint, by);

    /// <summary>A version's file that is neither among those that are there nor said to be erased.</summary>
    public string? FirstMissingFile(DigestSet there) => _log.Contents.Keys.FirstOrDefault(digest => !there.Contains(digest) && !IsErased(digest));

    /// <returns>Null where no event names such a content, or only as a file of a version.</returns>
    public (string What, long Leaf)? CitedAs(string digest) => _log.Cited.TryGetValue(digest, out var cited) ? cited : null;

    /// <summary>Whether a version has it as a file.</summary>
    public bool IsFile(string digest) => _log.Contents.ContainsKey(digest);

    private void Follow(LeafRecord record)
    {
        var @event = EventCatalogue.Default.Read(record.Type, record.Data);
        var of = @event switch
        {
            LogEvent.LogKeyIntroduced e => e.Origin,
            LogEvent.LogForked e => e.Origin,
            _ => null,
        };
        if (of is not null && record.Stream == Streams.Of(Streams.Log, of)) _logs[of] = LogKeys.Evolve(_logs.GetValueOrDefault(of, LogKeys.Empty), @event);
    }

    private void Require(Func<string> place)
    {
        if (_log.Findings.Count == 0 || _log.Findings.FirstOrDefault(f => !AllowsUntimely || !IsUntimely(f)) is not { } first) return;
        throw new ArchiveException(string.Create(CultureInfo.InvariantCulture, $"{place()} (leaf {first.Leaf}, {first.Check})"), first.What);
    }

    private static bool IsUntimely(AuditFinding finding) => finding.Check == SigningTimes.Check;
}
