using MediatR;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Messages;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.SweepLifecycle;

/// <summary>Finds what lost messages left behind: events without a leaf, read models that lag, families with evidence that nobody looked at.</summary>
public sealed record SweepLifecycleRequest : IRequest<Completion>;

public sealed class SweepLifecycleHandler(IMediator mediator, CurationProgress progress) : IRequestHandler<SweepLifecycleRequest, Completion>
{
    private const int MostFamilies = 500;

    public async Task<Completion> Handle(SweepLifecycleRequest request, CancellationToken ct)
    {
        await mediator.Send(new SealLedger.SealLedgerRequest(), ct);
        var behind = await progress.BehindAsync(MostFamilies, ct);
        return new Completion.Done([.. behind.Select(f => new CurationMessage(f.Tenant, f.FamilyId).ToOutput())]);
    }
}
