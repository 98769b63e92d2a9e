using MediatR;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.SealLedger;

/// <summary>Puts whatever was committed into the sealed order, and lets the read models follow.</summary>
public sealed record SealLedgerRequest : IRequest<Completion>;

public sealed class SealLedgerHandler(LedgerFollower follower) : IRequestHandler<SealLedgerRequest, Completion>
{
    public async Task<Completion> Handle(SealLedgerRequest request, CancellationToken ct)
    {
        await follower.SettleAsync(ct);
        return Completion.Nothing;
    }
}
