using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.RunValidation;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.LedgerApi;

/// <summary>What an admin's command to a skill comes to as things stand: for the one who writes it, and for the one who looks before.</summary>
public sealed class SkillCommandDecisions(SkillStanding standing, SkillLineage lineage)
{
    /// <summary>Decides, and writes nothing.</summary>
    /// <param name="withOthers">Whether other skills are looked at for what a revocation comes to there; they are carried after it, and may be many.</param>
    public async Task<DecidedSkillCommand> DecideAsync(LedgerReader read, string skillId, SkillCommand command, bool withOthers, CancellationToken ct)
    {
        var skill = await read.FoldAsync(Streams.Of(Streams.Skill, skillId), Skill.None, Skill.Evolve);
        var decision = SkillDecider.Decide(command, skill.State);
        if (decision is not Decision.Accepted { Events: var decided }) return new(skill, decision, [], []);
        var fallout = command is not SkillCommand.Revoke revoke ? Fallout.None
            : withOthers ? await lineage.OfAsync(read, skill.State, revoke, decided, ct)
            : new(await lineage.OwnAsync(read, skill.State, revoke, decided, ct), []);
        decided = [.. decided, .. fallout.Own];
        if (decided.Count == 0) return new(skill, decision, [], fallout.Elsewhere);
        // At once, so that what was revoked or restored is not pointed at wrongly in between.
        return new(skill, decision, [.. decided, .. await standing.FollowingAsync(read, decided.Aggregate(skill.State, Skill.Evolve), ct)], fallout.Elsewhere);
    }
}

/// <param name="Skill">As it stood.</param>
/// <param name="Events">What goes on its record; none where the command was refused, or was in effect already.</param>
/// <param name="Elsewhere">What goes on other skills' records.</param>
public sealed record DecidedSkillCommand(Folded<Skill> Skill, Decision Decision, IReadOnlyList<ILedgerEvent> Events, IReadOnlyList<StreamAppend> Elsewhere)
{
    public Skill After => Events.Aggregate(Skill.State, Domain.Skills.Skill.Evolve);
}
