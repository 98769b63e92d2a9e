using Pipeline.Functions.Hosting;
using Pipeline.Functions.Messages;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Search;

namespace Pipeline.Functions.UpdateIndex;

/// <summary>Says that there is something for the search index to take in. Whether there is, the index's own position in the database tells, so that a
/// message that was lost is sent again by whoever looks next.</summary>
public sealed class IndexFanOut(IIndexUpkeep upkeep, EventStore store, TimeProvider time, ILogger<IndexFanOut> logger)
{
    // While the service is away, messages would only pile up.
    private static readonly TimeSpan s_sayAgain = TimeSpan.FromSeconds(30);

    private readonly Lock _telling = new();
    private (long Position, long At)? _told;
    private string _problem = "";

    /// <summary>One message, or none: also while nothing came of one that was sent a moment ago, or nothing can. What stands in the way is logged once.</summary>
    public async Task<IReadOnlyList<OutputMessage>> MessagesAsync(CancellationToken ct)
    {
        if (await StandsInTheWayAsync(ct) || !await upkeep.IsBehindAsync(ct)) return [];
        return IsNews(await upkeep.PositionAsync(ct)) ? [IndexMessage.Of((await store.SizeAsync(ct)).Sealed)] : [];
    }

    private async Task<bool> StandsInTheWayAsync(CancellationToken ct)
    {
        var problem = await upkeep.ProblemAsync(ct);
        if (Interlocked.Exchange(ref _problem, problem) != problem && problem.Length > 0) logger.LogWarning("Updates of the search index stand still: {Problem}", problem);
        return problem.Length > 0;
    }

    private bool IsNews(long position)
    {
        lock (_telling)
        {
            if (_told is { } told && told.Position == position && time.GetElapsedTime(told.At) < s_sayAgain) return false;
            _told = (position, time.GetTimestamp());
            return true;
        }
    }
}
