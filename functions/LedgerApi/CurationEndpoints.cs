using Pipeline.Domain.Ledger;
using Pipeline.Functions.CurateFamily;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.SweepLifecycle;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.LedgerApi;

/// <summary>Curation on demand, for who does not want to wait for messages and timers.</summary>
internal static class CurationEndpoints
{
    private const int MostAtOnce = 500;
    private const int MostRounds = 100;

    public static void MapCuration(this RouteGroupBuilder api) =>
        api.MapPost("/curation", CurateAsync).WithName("Curate").WithTags("curation")
            .WithSummary("Looks at families with evidence that nobody has looked at; with sweep=true also sweeps the library for what is stale and what can be merged.").Needs(Role.Admin);

    private static async Task<IResult> CurateAsync(
        LedgerFollower follower, CurationProgress progress, KinLocks locks, FamilyCurator curator, LibrarySweeper sweeper, CancellationToken ct, bool sweep = false)
    {
        var curated = new HashSet<string>(StringComparer.Ordinal);
        for (var round = 0; round < MostRounds; round++)
        {
            await follower.SettleAsync(ct);
            var behind = await progress.BehindAsync(MostAtOnce, ct);
            var moved = false;
            foreach (var (tenant, family) in behind)
            {
                await using var held = await locks.TryTakeAsync(tenant, family, ct);
                // Whoever holds it is curating it.
                if (held is not null && await curator.CurateAsync(tenant, family, ct)) moved |= curated.Add(family) || round == 0;
            }
            if (!moved) break;
        }
        var report = sweep ? await sweeper.SweepAsync(EventContext.DefaultTenant, ct) : null;
        return Results.Ok(new { Curated = curated.Count, Waiting = report?.Waiting ?? (await progress.BehindAsync(MostAtOnce, ct)).Count, report?.Leaf, Operations = report?.Operations ?? [] });
    }
}
