using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;

namespace Pipeline.Domain.Curation.Usage;

/// <summary>Which version of a skill a run had loaded: by package digest where it told one, else by number, else by name alone. What was
/// merely available or retrieved is no exposure, and does not come here.</summary>
public static class Attribution
{
    /// <returns>Null when the run had not loaded the skill.</returns>
    public static Exposure? Of(FamilyEvent.EvidenceAdmitted evidence, Skill skill)
    {
        var exposures = evidence.Loaded.Select(loaded => Of(loaded, skill)).OfType<Exposure>().Distinct().ToList();
        return exposures.Count switch
        {
            0 => null,
            1 => exposures[0],
            // Two versions at once: what came of it is neither's.
            _ => Exposure.OfUnknownVersion,
        };
    }

    private static Exposure? Of(SkillReference loaded, Skill skill)
    {
        var isNamed = skill.Id.Length > 0 && (loaded.Name == skill.Id || loaded.Name == skill.Name);
        if (loaded.Digest is { } digest) return Newest(skill, digest) is { } version ? new(version) : isNamed ? Exposure.OfUnknownVersion : null;
        if (!isNamed) return null;
        return loaded.Version is { } number && skill.Version(number) is { } told ? new(Newest(skill, told.PackageDigest)) : Exposure.OfUnknownVersion;
    }

    // A roll back gives an old package a new number: to the agent that loads it they are one.
    private static int? Newest(Skill skill, string digest) => skill.Versions.FindLast(v => v.PackageDigest == digest)?.Number;
}

/// <param name="Version">The newest number of the package that was loaded; null when it is not known which it was.</param>
public sealed record Exposure(int? Version)
{
    public static Exposure OfUnknownVersion { get; } = new((int?)null);
}
