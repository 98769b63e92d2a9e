using MediatR;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Messages;
using Pipeline.Functions.RunValidation;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.SweepLifecycle;

/// <summary>Finds what lost messages left behind: events without a leaf, read models and a search index that lag, families with evidence that nobody looked at,
/// validation jobs that nobody does or that were never asked for. And now and then sweeps the library for what no family can see for itself, and decides tiers
/// again that nothing in a skill's own stream would.</summary>
public sealed record SweepLifecycleRequest : IRequest<Completion>;

public sealed class SweepLifecycleHandler(IMediator mediator, CurationProgress progress, EventStore store, LibrarySweeper sweeper, ValidationRequests validation, TierReview tiers, EraseSubject.SubjectErasure erasure) : IRequestHandler<SweepLifecycleRequest, Completion>
{
    private const int MostFamilies = 500;
    private const int MostJobs = 500;

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
        if (await mediator.Send(new SealLedger.SealLedgerRequest(), ct) is Completion.Done { Outputs: var asked }) outputs.AddRange(asked);
        await erasure.ResumeAsync(EventContext.DefaultTenant, ct);
        var behind = await progress.BehindAsync(MostFamilies, ct);
        var size = (await store.SizeAsync(ct)).Sealed;
        var isDue = size - _swept > Math.Max(100, _swept / GrownBy) || (size != _swept && size == _seen && behind.Count == 0);
        _seen = size;
        if (isDue)
        {
            await sweeper.SweepAsync(EventContext.DefaultTenant, ct);
            _swept = (await store.SizeAsync(ct)).Sealed;
        }
        await tiers.ReviewIfDueAsync(EventContext.DefaultTenant, ct);
        outputs.AddRange(behind.Select(f => new CurationMessage(f.Tenant, f.FamilyId).ToOutput()));
        outputs.AddRange(await validation.RequestMissingAsync(MostVersions, ct));
        outputs.AddRange(await validation.ResendAsync(MostJobs, ct));
        return new Completion.Done(outputs);
    }
}
