using MediatR;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Messages;
using Pipeline.Functions.RunValidation;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.SweepLifecycle;

/// <summary>Finds what lost messages left behind: events without a leaf, read models and a search index that lag, families with evidence that nobody looked at,
/// validation jobs that nobody does or that were never asked for, skills that still have a package that was
/// revoked in another. And now and then sweeps the library for what no family can see for itself, and decides tiers
/// again that nothing in a skill's own stream would.</summary>
public sealed record SweepLifecycleRequest : IRequest<Completion>;

public sealed class SweepLifecycleHandler(IMediator mediator, CurationProgress progress, EventStore store, LibrarySweeper sweeper, ValidationRequests validation, TierReview tiers, RevocationSpread revocations,
    EraseSubject.SubjectErasure erasure, SealedMessages seals, ILogger<SweepLifecycleHandler> logger) : IRequestHandler<SweepLifecycleRequest, Completion>
{
    private const int Parts = 8;
    private const int MostFamilies = 500;
    private const int MostJobs = 500;

    private const int MostRevoked = 1000;

    // A new ruleset concerns every skill there is; what is new must not wait behind them.
    private const int MostVersions = 100;

    // Reading a library costs by its size: it is swept when it has grown by a twentieth, under load too, or has come to rest.
    private const int GrownBy = 20;

    // Losing them costs one more sweep, which finds nothing.
    private long _seen = -1;
    private long _swept = -1;

    public async Task<Completion> Handle(SweepLifecycleRequest request, CancellationToken ct)
    {
        var outputs = new List<OutputMessage>();
        // What is under way first: whatever is wrong with one part, the others are done.
        var failed = 0;
        await DoAsync("jobs", async () => outputs.AddRange(await validation.ResendAsync(MostJobs, ct)));
        await DoAsync("seal", async () =>
        {
            if (await mediator.Send(new SealLedger.SealLedgerRequest(), ct) is Completion.Done { Outputs: var asked }) outputs.AddRange(asked);
        });
        await DoAsync("erasure", () => erasure.ResumeAsync(EventContext.DefaultTenant, ct));
        await DoAsync("dead letters", () => seals.TidyAsync(EventContext.DefaultTenant, ct));
        await DoAsync("revocations", () => revocations.ResumeAsync(EventContext.DefaultTenant, MostRevoked, ct));
        await DoAsync("validation", async () => outputs.AddRange(await validation.RequestMissingAsync(MostVersions, ct)));
        await DoAsync("library", () => SweepLibraryAsync(outputs, ct));
        await DoAsync("tiers", () => tiers.ReviewIfDueAsync(EventContext.DefaultTenant, ct));
        // With nothing to show for it, the trigger is to know.
        return failed == Parts ? new Completion.Retry("no part of the sweep could be done") : new Completion.Done(outputs);

        async Task DoAsync(string part, Func<Task> sweep)
        {
            try
            {
                await sweep();
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                failed++;
                logger.LogError("The sweep's part {Part} could not be done: {Problem}", part, e.GetType().Name);
            }
        }
    }

    private async Task SweepLibraryAsync(List<OutputMessage> outputs, CancellationToken ct)
    {
        var behind = await progress.BehindAsync(MostFamilies, ct);
        outputs.AddRange(behind.Select(f => new CurationMessage(f.Tenant, f.FamilyId).ToOutput()));
        var size = (await store.SizeAsync(ct)).Sealed;
        var isDue = size - _swept > Math.Max(100, _swept / GrownBy) || (size != _swept && size == _seen && behind.Count == 0);
        _seen = size;
        if (isDue)
        {
            await sweeper.SweepAsync(EventContext.DefaultTenant, ct);
            _swept = (await store.SizeAsync(ct)).Sealed;
        }
    }
}
