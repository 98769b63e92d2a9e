using System.Runtime.CompilerServices;
using Pipeline.Domain.Curation.Reruns;
using Pipeline.Domain.Ledger;
using Pipeline.Infra.Archives;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Reruns;

/// <summary>A tenant's sealed events in leaf order, a page at a time: no more of a ledger is held than that.</summary>
public sealed class SealedHistory(EventStore store, LedgerImports imports)
{
    private const int PageSize = 1000;

    /// <param name="leaves">What is sealed later is left out.</param>
    public async IAsyncEnumerable<RecordedEvent> ReadAsync(string tenant, long leaves, [EnumeratorCancellation] CancellationToken ct)
    {
        for (var leaf = 0L; leaf < leaves; leaf += PageSize)
            foreach (var recorded in await store.ReadSealedAsync(leaf, (int)Math.Min(PageSize, leaves - leaf), ct))
                if (recorded.Context.Tenant == tenant) yield return recorded;
    }

    public async Task<HistorySurvey> SurveyAsync(string tenant, long leaves, CancellationToken ct)
    {
        var survey = new HistorySurvey { ImportedLeaves = (await imports.FindAsync(ct))?.Size ?? 0 };
        await foreach (var recorded in ReadAsync(tenant, leaves, ct)) survey.Add(recorded);
        return survey;
    }
}
