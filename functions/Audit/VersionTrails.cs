using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Audit;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Audit;

/// <summary>Gathers the events behind a version of a skill from the log, as far as it is signed.</summary>
public sealed class VersionTrails(LogTree tree, PurgedContents erasures)
{
    /// <summary>All events of the skill, of the log's keys, of policies and of the runs behind the version, and those of families up to the decision that made it.</summary>
    /// <param name="leaves">Only so many leaves of the log.</param>
    /// <param name="origin">The log whose keys belong to it; empty: none.</param>
    /// <returns>Null when the skill has no such version by then.</returns>
    /// <exception cref="LogDamagedException">An event of the log is gone.</exception>
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
        var told = await erasures.LeavesAsync(EventContext.DefaultTenant, [.. version.Package.Files.Select(f => f.Sha256).Distinct(StringComparer.Ordinal)], ct);
        foreach (var leaf in told.Values.Where(l => l < leaves).Distinct())
            if ((await tree.LeafAsync(leaf, ct))?.Record?.Stream is { } stream && !runs.Contains(stream) && !erasedBy.Contains(stream)) erasedBy.Add(stream);
        events.AddRange(await StreamsAsync(erasedBy, leaves, ct));
        return new(skillId, number, [.. events.OrderBy(e => e.Leaf)]);
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
        return events.Where(e => e.Leaf <= last);
    }

    private async Task<List<TrailEvent>> StreamsAsync(IReadOnlyCollection<string> streams, long leaves, CancellationToken ct) => streams.Count == 0 ? [] :
        [.. (await tree.StreamLeavesAsync(EventContext.DefaultTenant, streams, leaves, ct)).Select(leaf => TrailEvent.Of(leaf.Index, leaf.Record ?? throw new LogDamagedException($"the event of leaf {leaf.Index} is gone")))];
}

/// <summary>The log is not whole; `audit verify` says more.</summary>
public sealed class LogDamagedException(string message) : Exception(message);
