using MediatR;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.RunValidation;

namespace Pipeline.Functions.SealLedger;

/// <summary>Puts whatever was committed into the sealed order, lets the read models follow, and asks for the validation of new versions.</summary>
public sealed record SealLedgerRequest : IRequest<Completion>;

public sealed class SealLedgerHandler(LedgerFollower follower, ValidationRequests validation) : IRequestHandler<SealLedgerRequest, Completion>
{
    public async Task<Completion> Handle(SealLedgerRequest request, CancellationToken ct)
    {
        await follower.SettleAsync(ct);
        var messages = new List<OutputMessage>();
        await validation.FollowAsync(batch =>
        {
            messages.AddRange(batch);
            return Task.CompletedTask;
        }, ct);
        return new Completion.Done(messages);
    }
}
