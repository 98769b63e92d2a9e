using Pipeline.Domain.Curation.Usage;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Rules;

/// <summary>A skill and what became of the runs that loaded it, as a rule for retiring, reinstating or rolling back gets them.</summary>
/// <param name="Corrects">The decision is made because a verdict changed or evidence went.</param>
public sealed record SkillSituation(Family Family, Skill Skill, CurationPolicy Policy, UtilityAccount Account, bool Corrects)
{
    /// <summary>The version that stands, by its newest number: what runs that load it now are told of.</summary>
    public int Version => Skill.Current!.Number;

    /// <summary>How much evidence there was when the skill was last retired or reinstated by policy: a skill that was brought back is
    /// judged by what came of it since.</summary>
    public int Since => LastTurn?.ThroughEvidence ?? 0;

    /// <summary>The last decision by which the policy retired the skill or brought it back.</summary>
    public FamilyEvent.CurationDecided? LastTurn => Family.Decisions.FindLast(d => d.Operation is CurationOperation.Retire or CurationOperation.Reinstate);
}
