using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation.Jobs;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.RunValidation;

/// <summary>What follows from a skill's verdicts for tiers and aliases, to be appended together with what it follows from.</summary>
public sealed class SkillStanding
{
    /// <param name="skill">With everything that is about to be appended.</param>
    public Task<IReadOnlyList<ILedgerEvent>> FollowingAsync(LedgerReader read, Skill skill, CancellationToken ct) => Task.FromResult(Standing.Following(skill));
}
