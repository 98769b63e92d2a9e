using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Releases;

/// <summary>Which versions the aliases of skills are to name. Stored format, versioned with care.</summary>
/// <param name="Id">Made from the pins, so that the same pins are the same release.</param>
public sealed record ReleaseManifest(string Id, IReadOnlyList<AliasPin> Pins)
{
    public static ReleaseManifest Of(IEnumerable<AliasPin> pins)
    {
        var ordered = pins.OrderBy(p => p.SkillId, StringComparer.Ordinal).ThenBy(p => p.Alias, StringComparer.Ordinal).ToList();
        return new(CanonicalJson.DigestOf(ordered), ordered);
    }

    /// <summary>Every alias as it stood at some time.</summary>
    /// <param name="then">The skills as they were; those that served nothing then pin nothing.</param>
    public static ReleaseManifest AsOf(IEnumerable<Skill> then) => Of(
        from skill in then
        where skill.Lifecycle == Lifecycle.Active
        from alias in skill.Aliases
        let version = skill.Version(alias.Value)
        where version is not null
        select new AliasPin(skill.Id, alias.Key, alias.Value, version.PackageDigest) { Share = skill.Shares.GetValueOrDefault(alias.Key)?.Percent });

    public bool Equals(ReleaseManifest? other) => other is not null && Id == other.Id && Pins.SequenceEqual(other.Pins);

    public override int GetHashCode() => Id.GetHashCode(StringComparison.Ordinal);
}

public sealed record AliasPin(string SkillId, string Alias, int Version, string PackageDigest)
{
    /// <summary>Percent of the callers who get it, 0 to 99; null: all.</summary>
    public int? Share { get; init; }
}
