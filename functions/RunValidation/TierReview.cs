using Pipeline.Domain.Ledger;
using Pipeline.Domain.Policies;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Functions.RunValidation;

/// <summary>Decides tiers and aliases again where no event of the skill brings it about: other gates were activated, days of grace or of good
/// conduct went by, a parent in another skill rose. Where nothing follows, nothing is written.</summary>
public sealed class TierReview(LedgerWriter ledger, SkillQueries skills, SkillStanding standing, TimeProvider time)
{
    private const int PageSize = 200;
    private static readonly TimeSpan s_every = TimeSpan.FromHours(6);

    // Losing it costs one more review, which finds nothing.
    private (string Gates, DateTimeOffset At)? _last;

    /// <returns>How many skills something followed for; null where no review was due.</returns>
    public async Task<int?> ReviewIfDueAsync(string tenant, CancellationToken ct)
    {
        var shelf = await ledger.Reader(tenant, ct).FoldAsync(Streams.Of(Streams.Policy, PolicyShelf.Gates), PolicyShelf.Empty, PolicyShelf.Evolve);
        var (gates, now) = (shelf.State.Active?.Digest ?? "", time.GetUtcNow());
        if (_last is { } last && last.Gates == gates && now < last.At + s_every) return null;
        var changed = await ReviewAsync(tenant, ct);
        _last = (gates, now);
        return changed;
    }

    private async Task<int> ReviewAsync(string tenant, CancellationToken ct)
    {
        var changed = 0;
        for (long? after = null; ;)
        {
            var page = await skills.ListAsync(tenant, new(Lifecycle.Active), after, PageSize, ct);
            foreach (var served in page.Items)
                if (await ReviewAsync(tenant, served.Skill.SkillId, ct)) changed++;
            if (page.Next is not { } next) return changed;
            after = next;
        }
    }

    private async Task<bool> ReviewAsync(string tenant, string skillId, CancellationToken ct)
    {
        var follows = 0;
        var context = new EventContext
        {
            Tenant = tenant,
            Actor = new(ActorKind.Policy, "tier-review"),
            CausationId = "tier-review",
            CorrelationId = Streams.Of(Streams.Skill, skillId),
            DecidedBy = ProgramVersion.Name,
            RecordedAt = default,
        };
        // Who keeps writing to the skill decides its tier as well.
        await ledger.WriteAsync(context, async read =>
        {
            var skill = await read.FoldAsync(Streams.Of(Streams.Skill, skillId), Skill.None, Skill.Evolve);
            var events = await standing.FollowingAsync(read, skill.State, ct);
            follows = events.Count;
            return new(Decision.Of([.. events]), events.Count > 0 ? [skill.Append(Streams.Skill, events)] : []);
        }, ct);
        return follows > 0;
    }
}
