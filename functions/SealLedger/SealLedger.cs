using MediatR;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Functions.SealLedger;

/// <summary>Puts whatever was committed into the sealed order, and lets the read models follow.</summary>
public sealed record SealLedgerRequest : IRequest<Completion>;

public sealed class SealLedgerHandler(Sealer sealer, ProjectionRunner projections) : IRequestHandler<SealLedgerRequest, Completion>
{
    public async Task<Completion> Handle(SealLedgerRequest request, CancellationToken ct)
    {
        await sealer.SealAllAsync(ct);
        await projections.CatchUpAsync(ct);
        return Completion.Nothing;
    }
}
