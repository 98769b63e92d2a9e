using MediatR;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.RunValidation;
using Pipeline.Functions.UpdateIndex;

namespace Pipeline.Functions.SealLedger;

/// <summary>Puts whatever was committed into the sealed order, lets the read models follow, asks for the validation of new versions, and says to the search
/// index that there is something to take in.</summary>
public sealed record SealLedgerRequest : IRequest<Completion>;

public sealed class SealLedgerHandler(LedgerFollower follower, ValidationRequests validation, IndexFanOut index) : IRequestHandler<SealLedgerRequest, Completion>
{
    public async Task<Completion> Handle(SealLedgerRequest request, CancellationToken ct)
    {
        await follower.SettleAsync(ct);
        await follower.SignAsync(atOnce: false, ct);
        var messages = new List<OutputMessage>();
        await validation.FollowAsync(batch =>
        {
            messages.AddRange(batch);
            return Task.CompletedTask;
        }, ct);
        return new Completion.Done([.. messages, .. await index.MessagesAsync(ct)]);
    }
}
