using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Rules;

/// <summary>The rules by which a family is given a skill.</summary>
public static class CreateRules
{
    /// <summary>Whenever enough of its runs succeeded to learn a procedure from.</summary>
    public const string Procedure = "procedure";

    public static IReadOnlyCollection<string> Names { get; } = [Procedure, Expansion.Name];

    /// <summary>Whether a family whose successes are enough to learn from is to be given a skill.</summary>
    public static Finding Judge(CurationInput input) => input.Policy.Rules.Create switch
    {
        Procedure => Finding.Due("procedure-found", ""),
        Expansion.Name => Expansion.Judge(input.Family, input.Policy),
        _ => Finding.NotDue("not-created", "the policy creates no skills"),
    };

    /// <summary>Whether a family that had a skill may be given another one.</summary>
    internal static bool MayFollow(CurationInput input) =>
        input.Skill.Lifecycle == Lifecycle.Unborn || (input.Skill.Lifecycle == Lifecycle.Retired && input.Policy.Rules.Create == Expansion.Name && Expansion.MayFollow(input));
}
