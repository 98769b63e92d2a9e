using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Usage;

/// <summary>What each version of a skill did for each model, as it goes on the skill's record.</summary>
public static class UsageSummary
{
    /// <summary>One command for each version and model that any run had loaded; those of which the version is not known are on no record.
    /// A summary that says what the last one said yields no event.</summary>
    /// <param name="merged">Evidence of the families whose skills this one took up.</param>
    public static IReadOnlyList<SkillCommand.SummariseUsage> Of(
        Family family, IReadOnlyList<FamilyEvent.EvidenceAdmitted> merged, Skill skill, CurationPolicy policy)
    {
        if (skill.Current is null || skill.Lifecycle == Lifecycle.Absorbed) return [];
        var account = UtilityAccount.Of(family, merged, skill, policy);
        return [.. from version in account.Versions.OfType<int>()
                   let with = account.With(version)
                   from model in with.Select(t => t.Model).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                   let comparison = account.Compare(version, model)
                   let days = with.Where(t => t.Model == model).Select(t => t.Day).OfType<int>().ToList()
                   select new SkillCommand.SummariseUsage(
                       version, model, StartOf(days.DefaultIfEmpty(0).Min()), StartOf(days.DefaultIfEmpty(0).Max() + 1),
                       comparison.Exposures, comparison.Successes, comparison.Controls, comparison.ControlSuccesses, comparison.Tokens)];
    }

    private static DateTimeOffset StartOf(int day) => new(day * TimeSpan.TicksPerDay, TimeSpan.Zero);
}
