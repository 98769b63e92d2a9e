using System.Threading.Channels;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Search;

namespace Pipeline.Functions.LedgerApi;

/// <summary>Looks after the search index. Answers come as lines, since a large index takes a while: how far it is, and last what came of it.</summary>
internal static class IndexEndpoints
{
    public static void MapIndex(this RouteGroupBuilder api)
    {
        var index = api.MapGroup("/index").WithTags("search").Needs(Role.Admin);
        index.MapPost("/check", (IIndexUpkeep upkeep, LedgerFollower follower, HttpContext context, CancellationToken ct, bool mend = false) =>
                Answer(context, progress => CheckAsync(upkeep, follower, mend, progress, ct), ct))
            .WithName("CheckIndex").Produces(StatusCodes.Status200OK, contentType: JsonLines.ContentType)
            .WithSummary("Compares the search index with the ledger: what is missing, stale or too many; with mend=true puts it right.");
        index.MapPost("/rebuild", (IIndexUpkeep upkeep, LedgerFollower follower, HttpContext context, CancellationToken ct) =>
                Answer(context, progress => RebuildAsync(upkeep, follower, progress, ct), ct))
            .WithName("RebuildIndex").Produces(StatusCodes.Status200OK, contentType: JsonLines.ContentType)
            .WithSummary("Builds the search index anew from the ledger beside the one that is read meanwhile, and puts it in its place.");
        index.MapGet("/confusable", (ConfusableSkills confusable, CancellationToken ct, string environment = "", double above = 0.8, int limit = 100) =>
                confusable.FindAsync(EventContext.DefaultTenant, environment, double.IsNaN(above) ? 0.8 : Math.Clamp(above, 0.1, 10), Math.Clamp(limit, 1, ConfusableSkills.MostPairs), ct))
            .WithName("ConfusableSkills").WithSummary("Skills that a search takes for one another, the most confusable first.").Needs(Role.Reader);
    }

    private static async Task<object> CheckAsync(IIndexUpkeep upkeep, LedgerFollower follower, bool mend, Action<long, long> progress, CancellationToken ct)
    {
        await follower.SettleAsync(ct);
        var check = await upkeep.CheckAsync(mend, progress, ct);
        return new { check.Kind, check.Index, check.Leaf, check.Documents, check.Missing, check.Stale, check.TooMany, check.WithoutEmbedding, check.Mended, check.IsSound };
    }

    private static async Task<object> RebuildAsync(IIndexUpkeep upkeep, LedgerFollower follower, Action<long, long> progress, CancellationToken ct)
    {
        await follower.SettleAsync(ct);
        return await upkeep.RebuildAsync(progress, ct);
    }

    private static IResult Answer(HttpContext context, Func<Action<long, long>, Task<object>> work, CancellationToken ct) => JsonLines.Answer<IIndexUpkeep>(context, LinesAsync(work, ct), ct);

    private static async IAsyncEnumerable<object> LinesAsync(Func<Action<long, long>, Task<object>> work, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        // The work tells in passing how far it is; who reads slowly misses some of that, and nothing else.
        var told = Channel.CreateBounded<(long, long)>(new BoundedChannelOptions(16) { FullMode = BoundedChannelFullMode.DropOldest });
        var working = Task.Run(async () =>
        {
            try
            {
                return await work((done, total) => told.Writer.TryWrite((done, total)));
            }
            finally
            {
                told.Writer.Complete();
            }
        }, ct);
        await foreach (var (done, total) in told.Reader.ReadAllAsync(ct)) yield return new { done, total };
        object? result = null;
        string? problem = null;
        try
        {
            result = await working;
        }
        catch (SearchUnavailableException e)
        {
            problem = e.Message;
        }
        yield return problem is null ? new { result } : new { problem };
    }
}
