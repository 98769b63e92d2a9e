namespace Pipeline.Domain.Skills.Tiers;

/// <summary>Which version an alias serves to a caller. The one place that says what an alias means.</summary>
/// <remarks>Who is outside of an alias's share gets what <c>production</c> gives to everybody, else what the alias named before it was shared, else
/// what <c>latest</c> names: the first of them that is another package than the one that is shared, and at the tier that the alias asked for needs.
/// Where there is none, nothing: to be kept from a version never means to get one that is trusted less.</remarks>
public static class ServedVersion
{
    /// <param name="caller">What stays the same for a caller; null: it is not told, and is outside of any share.</param>
    /// <returns>Null when there is nothing to serve.</returns>
    public static Served? Of(string alias, string? caller, AliasTable skill)
    {
        if (!skill.Aliases.TryGetValue(alias, out var named)) return null;
        if (skill.Shares.TryGetValue(alias, out var share) && !share.Reaches(caller, skill.SkillId)) return ToOthers(alias, skill);
        return May(named, Tier.T1, skill) ? new(named, alias) : null;
    }

    /// <summary>What those get who are outside of an alias's share; null where it is for all, or there is nothing.</summary>
    public static Served? ToOthers(string alias, AliasTable skill)
    {
        if (!skill.Aliases.TryGetValue(alias, out var named) || !skill.Shares.TryGetValue(alias, out var share)) return null;
        return Candidates().FirstOrDefault(c => May(c.Version, AliasRules.Needs(alias), skill) && !IsSame(c.Version, named, skill));

        IEnumerable<Served> Candidates()
        {
            if (alias != AliasRules.Production && ForAll(AliasRules.Production, skill) is { } production) yield return new(production, AliasRules.Production);
            if (share.Before is { } before) yield return new(before, alias);
            if (ForAll(AliasRules.Latest, skill) is { } latest) yield return new(latest, AliasRules.Latest);
        }
    }

    private static int? ForAll(string alias, AliasTable skill) =>
        skill.Shares.TryGetValue(alias, out var share) && share.Percent < CanaryShare.All ? share.Before
        : skill.Aliases.TryGetValue(alias, out var named) ? named
        : null;

    private static bool May(int version, Tier least, AliasTable skill) => skill.Versions.TryGetValue(version, out var standing) && standing.Tier >= least;

    // A number that was given anew to the same bytes is no other version to who is kept from them.
    private static bool IsSame(int one, int other, AliasTable skill) =>
        one == other || (skill.Versions.TryGetValue(one, out var a) && skill.Versions.TryGetValue(other, out var b) && a.PackageDigest == b.PackageDigest);
}

/// <param name="By">The alias that served it; the one asked for also where it serves what it named before it was shared.</param>
public sealed record Served(int Version, string By);

/// <summary>A share of the callers.</summary>
/// <param name="Percent">0 to 100.</param>
/// <param name="Before">The version that the alias named for all before it was shared; null when it named none.</param>
public sealed record AliasShare(int Percent, int? Before = null)
{
    /// <param name="caller">What stays the same for a caller; null: it is not told, and is in no share.</param>
    public bool Reaches(string? caller, string skillId) => caller is null ? Percent >= CanaryShare.All : CanaryShare.Serves(Percent, caller, skillId);
}

/// <summary>What a skill's aliases name, for which share of the callers.</summary>
/// <param name="Versions">By number; those that are named may be missing where they are revoked.</param>
public sealed record AliasTable(
    string SkillId, IReadOnlyDictionary<string, int> Aliases, IReadOnlyDictionary<string, AliasShare> Shares, IReadOnlyDictionary<int, VersionStanding> Versions);

public sealed record VersionStanding(string PackageDigest, Tier Tier);
