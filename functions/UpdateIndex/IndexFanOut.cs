using Pipeline.Functions.Hosting;
using Pipeline.Functions.Messages;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Search;

namespace Pipeline.Functions.UpdateIndex;

/// <summary>Says that there is something for the search index to take in. Whether there is, the index's own position in the database tells, so that a
/// message that was lost is sent again by whoever looks next.</summary>
public sealed class IndexFanOut(IIndexUpkeep upkeep, EventStore store)
{
    /// <summary>One message, or none.</summary>
    public async Task<IReadOnlyList<OutputMessage>> MessagesAsync(CancellationToken ct) =>
        await upkeep.IsBehindAsync(ct) ? [IndexMessage.Of((await store.SizeAsync(ct)).Sealed)] : [];
}
