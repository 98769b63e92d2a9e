using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.LanguageModel;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Policies;
using Pipeline.Functions.Audit;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Composers;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Queue;
using Pipeline.Infra.ReadModels;
using Pipeline.Infra.Search;

namespace Pipeline.Functions.LedgerApi;

internal static class StatusEndpoints
{
    public static void MapStatus(this RouteGroupBuilder api) =>
        api.MapGet("/status", StatusAsync).WithName("Status").WithTags("status").WithSummary("Counts, queues and lag.").Needs(Role.Emitter, Role.Reader);

    public static void MapHealth(this WebApplication app)
    {
        app.MapGet("/healthz", () => Results.Text("ok\n")).WithName("Live").WithTags("status").IsForAnybody();
        app.MapGet("/readyz", ReadyAsync).WithName("Ready").WithTags("status").IsForAnybody();
    }

    private static async Task<IResult> StatusAsync(
        EventStore store, StatusQueries status, PostgresQueue queue, ProjectionRunner projections, CurationProgress progress, ValidationJobs validation,
        ComposerOptions composer, ComposerSpending spending, Sealer sealer, CheckpointSigner checkpoints, IIndexUpkeep index, TimeProvider time, CancellationToken ct)
    {
        // What is to be done before sizes, and those before the read models: what is done in between is in the sizes then.
        var depths = await queue.DepthsAsync(ct);
        var uncurated = await progress.BehindAsync(1, ct);
        // The position before the counts: a version that is looked at in between is in the counts then.
        var asked = await validation.PositionAsync(ct);
        var jobs = await validation.CountAsync(EventContext.DefaultTenant, ct);
        var size = await store.SizeAsync(ct);
        var counts = await status.CountAsync(EventContext.DefaultTenant, ct);
        var behind = (await projections.PositionsAsync(ct)).Values.DefaultIfEmpty(0).Min();
        var policies = await store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Policy, PolicyShelf.Id), ct: ct);
        var waiting = depths.Where(d => d.Key is QueueNames.Trajectories or QueueNames.Curation).Sum(d => d.Value.Waiting);
        return Results.Ok(new
        {
            size.Events,
            size.Sealed,
            Leaf = size.Sealed,
            Settled = waiting == 0 && uncurated.Count == 0 && size.Events == size.Sealed && behind >= size.Sealed
                && asked >= size.Sealed && jobs is { Queued: 0, Running: 0 },
            counts.Trajectories,
            counts.Families,
            counts.Skills,
            Queues = depths.ToDictionary(d => d.Key, d => new { d.Value.Waiting, d.Value.InFlight, d.Value.Dead }, StringComparer.Ordinal),
            Validation = new { jobs.Queued, jobs.Running, jobs.Waiting, jobs.Done, jobs.Failed, jobs.OldestAt },
            ReadModels = behind,
            Index = new { index.Kind, Problem = await index.ProblemAsync(ct) },
            Log = new { Signed = Math.Max(checkpoints.Covered, 0), Stopped = AuditEndpoints.Facts(sealer.Guard.Stopped) },
            Policy = PolicyShelf.Fold(policies.Select(e => e.Event)).Active,
            Composer = composer.IsOn ? await ModelAsync(composer, spending, time, ct) : new { Name = Miner.Composer.Name },
            Program = ProgramVersion.Number,
        });
    }

    private static async Task<object> ModelAsync(ComposerOptions composer, ComposerSpending spending, TimeProvider time, CancellationToken ct)
    {
        var today = await spending.OfDayAsync(DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime), ct);
        return new
        {
            Name = ModelComposition.Composer,
            composer.Model,
            composer.SentTo,
            Today = new { today.Calls, today.Tokens, CostUsd = today.CostMicroUsd / 1e6, composer.MaxTokensPerDay, MaxCostUsdPerDay = composer.MaxCostPerDay },
        };
    }

    private static async Task<IResult> ReadyAsync(Readiness readiness, CancellationToken ct) =>
        await readiness.LookAsync(ct) is { Count: > 0 } problems ? NotReady.Problem(problems) : Results.Text("ready\n");
}
