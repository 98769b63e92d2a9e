using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.RunValidation;

/// <summary>What a revocation brings beside itself.</summary>
/// <param name="Own">Quarantine of what came back to the skill itself by way of others.</param>
/// <param name="Elsewhere">What is to be appended to other skills' streams: quarantine, and where their aliases go.</param>
public sealed record Fallout(IReadOnlyList<SkillEvent> Own, IReadOnlyList<StreamAppend> Elsewhere)
{
    public static Fallout None { get; } = new([], []);
}

/// <summary>Carries a revocation into the skills that have something of the revoked version in them.</summary>
public sealed class SkillLineage(SkillDescendants descendants, SkillStanding standing)
{
    /// <param name="revoked">The skill after the revocation.</param>
    /// <returns>What is to be appended together with the revocation.</returns>
    public async Task<Fallout> QuarantinesAsync(LedgerReader read, Skill revoked, int version, CancellationToken ct)
    {
        var others = new List<Folded<Skill>>();
        foreach (var id in await descendants.OfAsync(read.Tenant, revoked.Id, ct)) others.Add(await read.FoldAsync(Streams.Of(Streams.Skill, id), Skill.None, Skill.Evolve));
        var appends = new List<StreamAppend>();
        var hits = RevocationCascade.Of(revoked, version, [.. others.Select(o => o.State)]);
        foreach (var hit in hits.Where(h => h.SkillId != revoked.Id))
        {
            var other = others.Find(o => o.State.Id == hit.SkillId)!;
            var after = hit.Events.Aggregate(other.State, (state, e) => Skill.Evolve(state, e));
            appends.Add(other.Append(Streams.Skill, [.. hit.Events, .. await standing.FollowingAsync(read, after, ct)]));
        }
        return new([.. hits.Where(h => h.SkillId == revoked.Id).SelectMany(h => h.Events)], appends);
    }
}
