using Pipeline.Domain.Skills;

namespace Pipeline.Infra.Search;

/// <summary>What search serves to who asks for nothing else: the version that <c>latest</c> points to, from <see cref="LeastTier"/> on. The one
/// place that says so.</summary>
public static class ServingRule
{
    public const string Alias = "latest";

    /// <summary>What is trusted less is in no index at all.</summary>
    /// <remarks>Until validation gives versions tiers each of them is quarantined, and all are served, unvetted; from then on it is T1.</remarks>
    public const Tier LeastTier = Tier.Q;

    /// <param name="aliases">The skill's own, by name.</param>
    /// <param name="newest">The skill's newest version that is not revoked; <c>latest</c> means it where no event says what <c>latest</c> is.</param>
    /// <returns>What points to a version, in ordinal order; empty where nothing does, and it is not to be found.</returns>
    public static IReadOnlyList<string> AliasesOf(int version, Tier tier, IReadOnlyDictionary<string, int> aliases, int? newest)
    {
        if (tier < LeastTier) return [];
        var names = aliases.Where(a => a.Value == version).Select(a => a.Key);
        if (!aliases.ContainsKey(Alias) && version == newest) names = names.Append(Alias);
        return [.. names.Order(StringComparer.Ordinal)];
    }
}
