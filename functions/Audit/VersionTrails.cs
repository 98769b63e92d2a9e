using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Audit;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Audit;

/// <summary>Gathers the events behind a version of a skill from the log, as far as it is signed, and looks that each is what was sealed: what the table of events
/// says may have been changed since.</summary>
public sealed class VersionTrails(LogTree tree, LedgerTables tables, PurgedContents erasures)
{
    /// <summary>All events of the skill, of the log's keys, of policies and of the runs behind the version, and those of families up to the decision that made it,
    /// or the last event about an episode that it cites.</summary>
    /// <param name="leaves">Only so many leaves of the log.</param>
    /// <param name="origin">The log whose keys belong to it; empty: none.</param>
    /// <returns>Null when the skill has no such version by then.</returns>
    /// <exception cref="LogDamagedException">An event is not what was sealed, or is gone.</exception>
    public async Task<VersionTrail?> ReadAsync(string skillId, int number, long leaves, string origin, CancellationToken ct)
    {
        string[] first = [Streams.Of(Streams.Skill, skillId), VersionTrail.PolicyStream, Streams.Of(Streams.Log, origin)];
        var events = await StreamsAsync(first, leaves, ct);
        var about = new VersionTrail(skillId, number, events);
        if (about is not { Version: { } version, Content: { } content, Origin: { } made }) return null;

        List<string> runs = [.. content.Evidence.Select(e => Streams.Of(Streams.Trajectory, e.TrajectoryId)).Distinct(StringComparer.Ordinal)];
        events.AddRange(await StreamsAsync(runs, leaves, ct));
        events.AddRange(await FamiliesAsync(new VersionTrail(skillId, number, events), version, made, content, leaves, ct));

        // Who erased a file may be no run behind this version, but behind what it was made from.
        var erasedBy = new List<string>();
        var told = await erasures.LeavesAsync(EventContext.DefaultTenant, [.. version.Package.Files.Select(f => f.Sha256).Distinct(StringComparer.Ordinal)], about.MadeBy(version.Number)?.Leaf ?? -1, ct);
        foreach (var leaf in told.Values.Select(l => l.First).Where(l => l < leaves).Distinct())
            if ((await tree.LeafAsync(leaf, ct))?.Record?.Stream is { } stream && !runs.Contains(stream) && !erasedBy.Contains(stream)) erasedBy.Add(stream);
        events.AddRange(await StreamsAsync(erasedBy, leaves, ct));
        return new(skillId, number, [.. events.OrderBy(e => e.Leaf)]);
    }

    /// <summary>That these events lead to the root that was signed.</summary>
    /// <exception cref="LogDamagedException">One does not.</exception>
    /// <exception cref="TreeNodeMissingException">The stored tree has a gap.</exception>
    public async Task<IReadOnlyList<InclusionProof>> ProveAsync(IReadOnlyList<TrailEvent> events, Checkpoint checkpoint, CancellationToken ct)
    {
        var proofs = await tree.InclusionsAsync([.. events.Select(e => e.Leaf)], checkpoint.Size, ct);
        foreach (var (e, proof) in events.Zip(proofs))
            if (!proof.Verify(e.Record.Hash(), checkpoint.Root)) throw new LogDamagedException(e.Leaf, $"the event of leaf {e.Leaf} ({e.Record.Stream}@{e.Record.Version}) does not lead to the root that was signed");
        return proofs;
    }

    private async Task<IEnumerable<TrailEvent>> FamiliesAsync(VersionTrail runs, SkillVersion version, SkillVersion made, VersionContent content, long leaves, CancellationToken ct)
    {
        if (runs.Skill.FamilyId.Length == 0) return [];
        // A merge has evidence of several families: a run says where its episodes went.
        var cited = content.Evidence.Select(e => e.EvidenceId).ToHashSet(StringComparer.Ordinal);
        var families = runs.Events.Select(e => e.Event).OfType<TrajectoryEvent.TrajectoryRecorded>().SelectMany(r => r.Episodes).Where(e => cited.Contains(e.EvidenceId)).Select(e => e.FamilyId)
            .Append(runs.Skill.FamilyId).Distinct(StringComparer.Ordinal).Select(f => Streams.Of(Streams.Family, f)).ToList();
        var events = await StreamsAsync(families, leaves, ct);
        var decided = new VersionTrail(runs.SkillId, runs.Number, [.. runs.SkillStream, .. events]);
        var last = Math.Max(decided.DecisionOn(version)?.Leaf ?? -1, decided.DecisionOn(made)?.Leaf ?? -1);
        // What came of an episode later is of the version as well; what came of others is not.
        var about = events.Where(e => VersionTrail.EvidenceOf(e.Event) is { } id && cited.Contains(id)).ToLookup(e => e.Record.Stream, e => e.Leaf);
        return events.GroupBy(e => e.Record.Stream).SelectMany(family => family.Where(e => e.Leaf <= Math.Max(last, about[family.Key].DefaultIfEmpty(-1).Max())));
    }

    private async Task<List<TrailEvent>> StreamsAsync(IReadOnlyCollection<string> streams, long leaves, CancellationToken ct)
    {
        if (streams.Count == 0) return [];
        List<TrailEvent> events = [];
        var versions = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var leaf in await tree.StreamLeavesAsync(EventContext.DefaultTenant, streams, leaves, ct))
        {
            if (leaf is not { Record: { Stream: { } stream } record, Holds: true }) throw new LogDamagedException(leaf.Index, $"the event of leaf {leaf.Index} is not the one that was sealed there");
            var expected = versions.GetValueOrDefault(stream) + 1;
            if (record.Version != expected) throw new LogDamagedException(leaf.Index, $"{stream} was to have version {expected} at leaf {leaf.Index}, and has {record.Version}: an event was taken out");
            versions[stream] = expected;
            events.Add(TrailEvent.Of(leaf.Index, record));
        }
        if (await tables.StreamEndsAsync(EventContext.DefaultTenant, streams, ct) is [var end, ..])
        {
            var after = events.LastOrDefault(e => e.Record.Stream == end.Stream)?.Leaf ?? -1;
            throw new LogDamagedException(after, $"{end.Stream} was to have {end.Row} events, and has {end.Events}: one was taken out, or put in, after leaf {after}");
        }
        return events;
    }
}

/// <summary>The log is not whole; `audit verify` says more.</summary>
/// <param name="leaf">Where, or after which.</param>
public sealed class LogDamagedException(long leaf, string message) : Exception(message)
{
    public long Leaf => leaf;
}
