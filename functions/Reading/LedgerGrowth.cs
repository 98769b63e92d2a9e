using System.Collections.Immutable;
using Pipeline.Domain.Ledger;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Reading;

/// <summary>How the ledger grew up to a moment, and what was decided in it.</summary>
/// <remarks>What was counted is kept, and only what was sealed since is counted the next time.</remarks>
public sealed class LedgerGrowth(EventStore store, EventCounts counts)
{
    private const int MostPoints = 96;

    // What stands on skills' records, and the operation that it is.
    private static readonly ImmutableSortedDictionary<string, string> s_deeds = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["skill_created"] = "create",
        ["skill_improved"] = "improve",
        ["skill_merged"] = "merge",
        ["merge_undone"] = "undoMerge",
        ["skill_retired"] = "retire",
        ["skill_reinstated"] = "reinstate",
        ["skill_rolled_back"] = "rollBack",
        ["version_revoked"] = "revoke",
        ["approval_given"] = "approve",
        ["alias_moved"] = "moveAlias",
    }.ToImmutableSortedDictionary(StringComparer.Ordinal);

    private Tally _last = new(0, 1, ImmutableDictionary<Counted, long>.Empty);

    public async Task<Growth> ReadAsync(LedgerMoment moment, CancellationToken ct)
    {
        if (moment.Leaves == 0 || moment.At is not { } last || await store.ReadSealedAsync(0, 1, ct) is not [var first]) return new([], []);
        var tally = await CountAsync(moment.Leaves, SecondsFor(first.Context.RecordedAt, last), ct);
        return new(Points(tally, first.Context.RecordedAt, last), Operations(tally));
    }

    private async Task<Tally> CountAsync(long leaves, long seconds, CancellationToken ct)
    {
        var known = _last;
        if (known.Seconds != seconds || known.Leaves > leaves) known = new(0, seconds, ImmutableDictionary<Counted, long>.Empty);
        var all = known.Counts.ToBuilder();
        if (known.Leaves < leaves)
            foreach (var count in await counts.ReadAsync(EventContext.DefaultTenant, known.Leaves, leaves, seconds, ct))
            {
                var key = new Counted(count.Stretch, count.Type, count.Operation);
                all[key] = all.GetValueOrDefault(key) + count.Count;
            }
        var tally = new Tally(leaves, seconds, all.ToImmutable());
        if (leaves >= _last.Leaves) _last = tally;
        return tally;
    }

    // A power of two, so that it seldom changes as the ledger goes on.
    private static long SecondsFor(DateTimeOffset first, DateTimeOffset last)
    {
        var seconds = 1L;
        while ((last - first).TotalSeconds / seconds > MostPoints) seconds *= 2;
        return seconds;
    }

    private static IReadOnlyList<GrowthPoint> Points(Tally tally, DateTimeOffset first, DateTimeOffset last)
    {
        var points = new List<GrowthPoint> { new(first, 0, 0, 0) };
        foreach (var stretch in tally.Counts.GroupBy(c => c.Key.Stretch).OrderBy(g => g.Key))
        {
            var (sum, before) = (stretch.ToLookup(c => c.Key.Type, c => c.Value, StringComparer.Ordinal), points[^1]);
            var starts = DateTimeOffset.FromUnixTimeSeconds(stretch.Key * tally.Seconds);
            // Nothing was added since the stretch before.
            if (starts > before.At) points.Add(before with { At = starts });
            var ends = starts.AddSeconds(tally.Seconds);
            points.Add(new(
                ends < last ? ends : last, before.Events + sum.Sum(s => s.Sum()), before.Runs + sum["trajectory_recorded"].Sum(), before.Skills + sum["skill_created"].Sum()));
        }
        return points;
    }

    private static IReadOnlyList<OperationCount> Operations(Tally tally)
    {
        var (decided, done) = (new SortedDictionary<string, long>(StringComparer.Ordinal), new SortedDictionary<string, long>(StringComparer.Ordinal));
        foreach (var (key, count) in tally.Counts)
        {
            if (key.Operation.Length > 0) decided[key.Operation] = decided.GetValueOrDefault(key.Operation) + count;
            else if (s_deeds.TryGetValue(key.Type, out var deed)) done[deed] = done.GetValueOrDefault(deed) + count;
        }
        return [.. decided.Keys.Union(done.Keys, StringComparer.Ordinal).Select(o => new OperationCount(o, decided.GetValueOrDefault(o), done.GetValueOrDefault(o)))
            .OrderByDescending(o => o.Decided + o.Done).ThenBy(o => o.Operation, StringComparer.Ordinal)];
    }

    private sealed record Tally(long Leaves, long Seconds, ImmutableDictionary<Counted, long> Counts);

    private readonly record struct Counted(long Stretch, string Type, string Operation);
}

/// <param name="Operations">The most frequent first.</param>
public sealed record Growth(IReadOnlyList<GrowthPoint> Points, IReadOnlyList<OperationCount> Operations);

/// <summary>How many there were by then.</summary>
public sealed record GrowthPoint(DateTimeOffset At, long Events, long Runs, long Skills);

/// <param name="Decided">How often curation came to it at a decision point.</param>
/// <param name="Done">How often it is on skills' records, whoever did it.</param>
public sealed record OperationCount(string Operation, long Decided, long Done);
