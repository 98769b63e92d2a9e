using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Rules;

/// <summary>SLIM's rule: a skill is added only where runs keep failing and no live skill covers them, and only so many.</summary>
/// <remarks>The limit is counted per family: its decisions see nothing of other families, so that they do not depend on who was quicker.</remarks>
public static class Expansion
{
    public const string Name = "expansion";

    public static Finding Judge(Family family, CurationPolicy policy)
    {
        var (successes, failures) = (family.Evidence.Count(e => e.Outcome.IsVerifiedSuccess), family.Evidence.Count(e => e.Outcome.IsVerifiedFailure));
        var share = successes + failures == 0 ? 1 : (double)successes / (successes + failures);
        var made = Made(family);
        var due = share < policy.ExpandBelow && failures >= policy.ExpandFailures && made < policy.ExpandMost;
        var said = FormattableString.Invariant($"{successes} of {successes + failures} runs succeeded and {made} skills were made for them; below {policy.ExpandBelow:0.##}, with {policy.ExpandFailures} failures, another one is added, and {policy.ExpandMost} at most");
        return (due ? Finding.Due("procedure-found", said) : Finding.NotDue("no-need", said)) with
        {
            Scores = Finding.Numbers(("successShare", share), ("allFailures", failures), ("skillsMade", made)),
            Thresholds = Finding.Numbers(("expandBelow", policy.ExpandBelow), ("expandFailures", policy.ExpandFailures), ("expandMost", policy.ExpandMost)),
        };
    }

    // A skill that people retired is not replaced behind their backs.
    internal static bool MayFollow(CurationInput input) => input.Skill.RetiredFor == RetirementCause.NoUtility && Made(input.Family) < input.Policy.ExpandMost;

    internal static int Made(Family family) => family.Decisions.Count(d => d.Operation == CurationOperation.Create && d.Result is not null);
}
