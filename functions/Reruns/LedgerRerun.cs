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
    private const int MostBehind = 100_000;

    /// <param name="familyId">Null: all families.</param>
    public async Task<RederivationRun> RederiveAsync(string tenant, string? familyId, CancellationToken ct)
    {
        await follower.SettleAsync(ct);
        var leaves = (await store.SizeAsync(ct)).Sealed;
        var survey = await history.SurveyAsync(tenant, leaves, ct);
        var behind = await BehindAsync(tenant, ct);
        var rederivation = new Rederivation(survey, await policies.LoadAsync(tenant, ct), Inputs(tenant), id => behind.GetValueOrDefault(id, int.MaxValue))
        {
            Includes = familyId is null ? null : id => id == familyId,
        };
        return new(survey.Leaves, familyId is null ? survey.Decisions : survey.DecisionsOf(familyId), rederivation.RunAsync(history.ReadAsync(tenant, leaves, ct), ct));
    }

    public async Task<WhatIfRun> WhatIfAsync(string tenant, ActivePolicy policy, CancellationToken ct)
    {
        await follower.SettleAsync(ct);
        var leaves = (await store.SizeAsync(ct)).Sealed;
        var survey = await history.SurveyAsync(tenant, leaves, ct);
        var behind = await BehindAsync(tenant, ct);
        var whatIf = new WhatIf(survey, policy, Inputs(tenant), id => behind.GetValueOrDefault(id, int.MaxValue));
        return new(survey.Leaves, survey.Decisions, whatIf, whatIf.RunAsync(history.ReadAsync(tenant, leaves, ct), ct));
    }

    // With episodes of its own: what curation has in memory may have been erased a moment ago, and would be read all the same.
    private LedgerInputs Inputs(string tenant) => new(tenant, new EpisodeReader(store, vault, time), store);

    // Families that wait for curation, and how far it has come with them.
    private async Task<Dictionary<string, int>> BehindAsync(string tenant, CancellationToken ct)
    {
        var behind = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (_, family) in (await progress.BehindAsync(MostBehind, ct)).Where(b => b.Tenant == tenant))
            behind[family] = await progress.EvidenceSeenAsync(tenant, family, ct);
        return behind;
    }
}

/// <param name="WhatIf">Has the library, once all decisions came.</param>
/// <param name="Total">How many decisions are on record.</param>
public sealed record WhatIfRun(long Leaves, int Total, WhatIf WhatIf, IAsyncEnumerable<WhatIfDecision> Decisions);

/// <param name="Leaves">How many leaves it looks at.</param>
/// <param name="Total">How many decisions are on record.</param>
/// <param name="Decisions">As they come.</param>
public sealed record RederivationRun(long Leaves, int Total, IAsyncEnumerable<RederivedDecision> Decisions);
