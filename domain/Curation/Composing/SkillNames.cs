using Pipeline.Domain.Curation.Composing.Coding;
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

    /// <summary>Of a family whose effect is generic: by the job that its tasks ask for, where they have words for it in common.</summary>
    public static string Of(Family family, IReadOnlyList<MinedEpisode> episodes, CurationPolicy policy, int atMost = Longest) =>
        family.Kind == SkillKind.Functional && episodes.Any(e => e.Succeeded && e.Episode.Coding is not null)
            && Miner.Mine(family.Environment, family.Effect, episodes, policy).Coding is { Job.Length: > 0 } coding && GoalMining.NameOf(coding.Job) is { Length: > 0 } job
                ? Names.Slug($"{family.Environment}-{job}", atMost)
                : Of(family, atMost);

    /// <summary>Of the functional skill for an effect.</summary>
    public static string Of(string environment, string effect) => Names.Slug($"{environment}-{effect}", Longest);
}
