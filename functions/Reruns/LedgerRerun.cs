using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Reruns;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.CurateFamily;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Payloads;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Reruns;

/// <summary>Runs curation again over what the ledger holds. Nothing is written.</summary>
public sealed class LedgerRerun(
    EventStore store, LedgerFollower follower, SealedHistory history, ActivePolicies policies, PayloadVault vault, CurationProgress progress, TimeProvider time)
{
    /// <param name="familyId">Null: all families.</param>
    /// <param name="after">Decisions up to and with this leaf are not made again; -1: all are.</param>
    public async Task<RederivationRun> RederiveAsync(string tenant, string? familyId, long after, CancellationToken ct)
    {
        var (seen, leaves) = await HorizonAsync(tenant, ct);
        var survey = await history.SurveyAsync(tenant, leaves, ct);
        var rederivation = new Rederivation(survey, await policies.LoadAsync(tenant, ct), Inputs(tenant), id => seen.GetValueOrDefault(id))
        {
            Includes = familyId is null ? null : id => id == familyId,
            After = after,
        };
        return new(survey.Leaves, familyId is null ? survey.Decisions : survey.DecisionsOf(familyId), rederivation.RunAsync(history.ReadAsync(tenant, leaves, ct), ct));
    }

    public async Task<WhatIfRun> WhatIfAsync(string tenant, ActivePolicy policy, CancellationToken ct)
    {
        var (seen, leaves) = await HorizonAsync(tenant, ct);
        var survey = await history.SurveyAsync(tenant, leaves, ct);
        var whatIf = new WhatIf(survey, policy, Inputs(tenant), id => seen.GetValueOrDefault(id));
        return new(survey.Leaves, survey.Decisions, whatIf, whatIf.RunAsync(history.ReadAsync(tenant, leaves, ct), ct));
    }

    // With episodes of its own: what curation has in memory may have been erased a moment ago, and would be read all the same.
    private LedgerInputs Inputs(string tenant) => new(tenant, new EpisodeReader(store, vault, time), store);

    // How far curation has come with each family, and then where history ends, in this order: whatever was decided on what had been looked
    // at is in it, and what curation comes to meanwhile is not missed.
    private async Task<(IReadOnlyDictionary<string, int> Seen, long Leaves)> HorizonAsync(string tenant, CancellationToken ct)
    {
        var seen = await progress.EvidenceSeenAsync(tenant, ct);
        await follower.SettleAsync(ct);
        return (seen, (await store.SizeAsync(ct)).Sealed);
    }
}

/// <param name="WhatIf">Has the library, once all decisions came.</param>
/// <param name="Total">How many decisions are on record.</param>
public sealed record WhatIfRun(long Leaves, int Total, WhatIf WhatIf, IAsyncEnumerable<WhatIfDecision> Decisions);

/// <param name="Leaves">How many leaves it looks at.</param>
/// <param name="Total">How many decisions are on record.</param>
/// <param name="Decisions">As they come.</param>
public sealed record RederivationRun(long Leaves, int Total, IAsyncEnumerable<RederivedDecision> Decisions);
