using MediatR;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Messages;
using Pipeline.Infra.Search;

namespace Pipeline.Functions.UpdateIndex;

/// <summary>Takes into the search index what the ledger has got since it last looked. Which message made it look, how often and in what order
/// makes no difference: it goes on from a leaf of its own.</summary>
public sealed record UpdateIndexRequest(TriggerMessage Message) : IRequest<Completion>;

public sealed class UpdateIndexHandler(IIndexUpkeep upkeep) : IRequestHandler<UpdateIndexRequest, Completion>
{
    // What still comes after so many rounds has a message of its own.
    private const int MostRounds = 5;

    // The one before a message becomes a dead letter.
    private const int LastDelivery = 9;

    public async Task<Completion> Handle(UpdateIndexRequest request, CancellationToken ct)
    {
        if (!IndexMessage.IsOne(request.Message.Body)) return new Completion.Poison("index-message", "this is no message about the search index");
        try
        {
            // Who finds another at it leaves: that one looks again before it is done.
            for (var round = 0; round < MostRounds && await upkeep.CatchUpAsync(ct) && await upkeep.IsBehindAsync(ct); round++) { }
            return Completion.Nothing;
        }
        catch (SearchUnavailableException e)
        {
            // While the service is away a hint is worth nothing, and nobody needs to decide on it: whoever looks next sends another.
            return request.Message.DeliveryCount >= LastDelivery ? Completion.Nothing : new Completion.Retry(e.Message);
        }
    }
}
