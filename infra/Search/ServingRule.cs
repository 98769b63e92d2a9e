using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;

namespace Pipeline.Infra.Search;

/// <summary>What search serves: to who asks for nothing else the version that <c>latest</c> points to, from <see cref="LeastTier"/> on. A document
/// says for which aliases it is there as <see cref="ServedVersion"/> has it, and for which it is there for those outside of the share.</summary>
public static class ServingRule
{
    public const string Alias = Skill.LatestAlias;

    /// <summary>What is trusted less is in quarantine, and in no index at all.</summary>
    public const Tier LeastTier = Tier.T1;

    /// <summary>As a document has it that is for those outside of the alias's share. No alias has a space in it.</summary>
    public static string ToOthers(string alias) => $"{alias} for others";

    /// <returns>What points to a version, in ordinal order; empty where nothing does or it is in quarantine, so that it is not to be found.</returns>
    public static IReadOnlyList<string> AliasesOf(int version, AliasTable skill) =>
        skill.Versions.TryGetValue(version, out var standing) && standing.Tier >= LeastTier
            ? [.. skill.Aliases.Where(a => a.Value == version).Select(a => a.Key)
                .Concat(skill.Shares.Keys.Where(a => ServedVersion.ToOthers(a, skill)?.Version == version).Select(ToOthers)).Order(StringComparer.Ordinal)]
            : [];
}
