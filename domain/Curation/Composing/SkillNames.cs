using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Composing;

/// <summary>What a family's skill is called, unless somebody else has the name: so one skill can name another before it is there.</summary>
public static class SkillNames
{
    private const int Longest = 64;

    public static string Of(Family family, int atMost = Longest) => Names.Slug(family.Kind switch
    {
        SkillKind.Plan => $"{family.Environment}-plan",
        SkillKind.Atomic => $"{family.Environment}-use-{family.Effect}",
        _ => $"{family.Environment}-{family.Effect}",
    }, atMost);

    /// <summary>Of the functional skill for an effect.</summary>
    public static string Of(string environment, string effect) => Names.Slug($"{environment}-{effect}", Longest);
}
