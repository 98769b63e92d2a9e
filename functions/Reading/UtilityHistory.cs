using Pipeline.Domain.Ledger;
using Pipeline.Infra.Postgres;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Functions.Reading;

/// <summary>What skills did for the runs that had loaded them, as it was summed up on their records over time.</summary>
public sealed class UtilityHistory(EventStore store)
{
    private const int MostSummaries = 4000;

    /// <returns>Those with most runs first.</returns>
    public async Task<IReadOnlyList<SkillUtility>> ReadAsync(LedgerMoment moment, CancellationToken ct)
    {
        var filter = new TimelineFilter { StreamType = Streams.Skill, Types = ["usage_summarised"] };
        var summaries = await store.ReadTimelineAsync(EventContext.DefaultTenant, filter, moment.Leaves, MostSummaries, ct: ct);
        return [.. from summary in summaries.Reverse()
                   let usage = (UsageSummarised)summary.Event
                   group new UtilityPoint(summary.Context.RecordedAt, summary.Leaf ?? 0, usage.Version, usage.Model, usage.Exposures, usage.Successes, usage.MatchedExposures, usage.MatchedSuccesses)
                       by Streams.IdOf(summary.StreamId) into skill
                   let points = skill.ToList()
                   let runs = points.GroupBy(p => (p.Version, p.Model)).Sum(line => line.Last().Exposures)
                   orderby runs descending, skill.Key
                   select new SkillUtility(skill.Key, runs, points)];
    }
}

/// <param name="Runs">That had loaded any of its versions, as last summed up.</param>
/// <param name="Points">The oldest first.</param>
public sealed record SkillUtility(string Skill, int Runs, IReadOnlyList<UtilityPoint> Points);

/// <param name="Exposures">Runs that had loaded the version.</param>
/// <param name="Matched">Runs without it that those were compared with.</param>
public sealed record UtilityPoint(DateTimeOffset At, long Leaf, int Version, string Model, int Exposures, int Successes, int Matched, int MatchedSuccesses)
{
    /// <summary>Share of success with it less that without, -1 to 1; null where there is nothing to compare with.</summary>
    public double? Utility => Exposures > 0 && Matched > 0 ? ((double)Successes / Exposures) - ((double)MatchedSuccesses / Matched) : null;
}
