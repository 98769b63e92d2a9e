using Pipeline.Domain.Curation.Sweeping;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.SweepLifecycle;

/// <summary>A sweep's conclusion as one transaction: the decision on each family's stream, and what it does to the skills.</summary>
internal static class SweepWrite
{
    public static async Task<Write> DecideAsync(LedgerReader read, SweepInput input, SweepConclusion conclusion)
    {
        List<StreamAppend> appends = [];
        foreach (var (id, decision) in conclusion.Decisions)
        {
            var family = await read.FoldAsync(Streams.Of(Streams.Family, id), Family.None, Family.Evolve);
            // Decided on since: what the sweep saw is no more.
            if (family.State.Decisions.Any(d => d.Leaf > input.Leaf || (d.Sweep?.Leaf ?? -1) > input.Leaf)) return new(Decision.Nothing);
            if (FamilyDecider.Decide(new FamilyCommand.Conclude(decision), family.State) is not Decision.Accepted { Events: var concluded } accepted) return new(Decision.Nothing);
            if (concluded.Count == 0) return new(accepted);
            appends.Add(family.Append(Streams.Family, concluded));
        }
        var seen = new Dictionary<string, Folded<Skill>>(StringComparer.Ordinal);
        foreach (var id in conclusion.SkillIds) seen[id] = await read.FoldAsync(Streams.Of(Streams.Skill, id), Skill.None, Skill.Evolve);
        // Somebody was quicker, and the decision would be about what is no more.
        if (!conclusion.IsAsSeen(id => seen[id].State)) return new(Decision.Nothing);
        var skills = new List<(Folded<Skill> Skill, IReadOnlyList<ILedgerEvent> Events)>();
        foreach (var (id, command) in conclusion.Commands)
        {
            if (SkillDecider.Decide(command, seen[id].State) is not Decision.Accepted { Events: { Count: > 0 } events }) return new(Decision.Nothing);
            skills.Add((seen[id], events));
        }
        if (conclusion.Merge is { } merge)
        {
            if (SkillMerge.Decide(new SkillMerge.Merge(merge.Content), seen[merge.SurvivorId].State, [.. merge.AbsorbedIds.Select(id => seen[id].State)])
                is not MergeDecision.Accepted { PerSkill: { Count: > 0 } perSkill })
                return new(Decision.Nothing);
            skills.AddRange(perSkill.Select(s => (seen[s.SkillId], (IReadOnlyList<ILedgerEvent>)s.Events)));
        }
        return new(Decision.Of([.. skills.SelectMany(s => s.Events)]), [.. appends, .. skills.Select(s => s.Skill.Append(Streams.Skill, s.Events))])
        {
            Contents = [.. conclusion.Merge?.Package.Files.Select(f => new ContentBlob(f.Content)) ?? []],
            // Only living skills have their names for themselves.
            Releases = [.. skills.Where(s => s.Events.Any(e => e is SkillEvent.SkillRetired or SkillEvent.SkillAbsorbed)).Select(s => new NameClaim(s.Skill.State.Name, s.Skill.State.Id))],
        };
    }
}
