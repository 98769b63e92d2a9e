using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.RunValidation;

/// <summary>Carries a revocation into the skills that have something of the revoked version in them.</summary>
public sealed class SkillLineage(SkillDescendants descendants, SkillStanding standing)
{
    /// <returns>What is to be appended to other skills' streams together with the revocation: quarantine, and where their aliases go.</returns>
    public async Task<IReadOnlyList<StreamAppend>> QuarantinesAsync(LedgerReader read, Skill revoked, int version, CancellationToken ct)
    {
        var others = new List<Folded<Skill>>();
        foreach (var id in await descendants.OfAsync(read.Tenant, revoked.Id, ct)) others.Add(await read.FoldAsync(Streams.Of(Streams.Skill, id), Skill.None, Skill.Evolve));
        var appends = new List<StreamAppend>();
        foreach (var hit in RevocationCascade.Of(revoked, version, [.. others.Select(o => o.State)]))
        {
            var other = others.Find(o => o.State.Id == hit.SkillId)!;
            var after = hit.Events.Aggregate(other.State, (state, e) => Skill.Evolve(state, e));
            appends.Add(other.Append(Streams.Skill, [.. hit.Events, .. await standing.FollowingAsync(read, after, ct)]));
        }
        return appends;
    }
}
