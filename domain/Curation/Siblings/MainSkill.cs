using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Siblings;

/// <summary>The skill that another one is a sibling of, as it stands.</summary>
/// <param name="Text">SKILL.md of its current version.</param>
/// <param name="Variants">What only some runs need, as that version has it; empty where it has no such file.</param>
public sealed record MainSkill(Skill Skill, string Text, string Variants)
{
    public VersionReference Reference => Skill.Reference(Skill.Current!);

    /// <summary>The id of the skill that a view's sibling is one of; null where the view is of no sibling, or there is nothing for it to be one of.</summary>
    /// <param name="sibling">As it stands; <see cref="Skill.None"/> while it is to be made.</param>
    public static string? IdFor(Family view, Skill sibling) => view.ForModel is null ? null : sibling.VariantOf?.SkillId ?? view.MainDecisions.FindLast(d => d.Result is not null)?.Result!.SkillId;

    /// <summary>What has an id and is not there goes by its id.</summary>
    public static MainSkill Of(string id, Skill found, string text, string variants) => new(found.Lifecycle == Lifecycle.Unborn ? Skill.None with { Id = id, Name = id } : found, text, variants);
}
