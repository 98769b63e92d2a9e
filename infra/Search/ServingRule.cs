using Pipeline.Domain.Skills;

namespace Pipeline.Infra.Search;

/// <summary>What search serves to who asks for nothing else: the version that <c>latest</c> points to, from <see cref="LeastTier"/> on. The one
/// place that says so.</summary>
public static class ServingRule
{
    public const string Alias = Skill.LatestAlias;

    /// <summary>What is trusted less is in quarantine, and in no index at all.</summary>
    public const Tier LeastTier = Tier.T1;

    /// <param name="aliases">The skill's own, by name.</param>
    /// <returns>What points to a version, in ordinal order; empty where nothing does or it is in quarantine, so that it is not to be found.</returns>
    public static IReadOnlyList<string> AliasesOf(int version, Tier tier, IReadOnlyDictionary<string, int> aliases) =>
        tier < LeastTier ? [] : [.. aliases.Where(a => a.Value == version).Select(a => a.Key).Order(StringComparer.Ordinal)];
}
