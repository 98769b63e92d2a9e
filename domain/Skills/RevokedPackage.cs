using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Skills;

/// <summary>A package that was revoked is revoked wherever it stands: the same bytes under another id do the same harm.</summary>
public static class RevokedPackage
{
    public const string Code = "digest-revoked";

    /// <summary>Why no version may be made with a package; null where one may.</summary>
    /// <param name="skills">All that have such a version, and perhaps others.</param>
    public static Decision.Refused? Objection(string packageDigest, IEnumerable<Skill> skills) =>
        skills.Where(s => s.RevokedDigests.Contains(packageDigest)).MinBy(s => s.Id, StringComparer.Ordinal) is { } holder
            ? new(Code, $"exactly this package was revoked as version {holder.Versions.Find(v => v.PackageDigest == packageDigest)?.Number} of {holder.Id}")
            : null;

    /// <summary>The package that a command makes a version of; null where it makes none.</summary>
    public static string? MadeBy(SkillCommand command) => command switch
    {
        SkillCommand.Create c => c.Content.Package.Digest,
        SkillCommand.Improve c => c.Content.Package.Digest,
        SkillCommand.Renew c => c.Content.Package.Digest,
        _ => null,
    };

    /// <summary>The package of a version that an event made anew; null where it made none.</summary>
    public static string? MadeBy(ILedgerEvent @event) => @event switch
    {
        SkillEvent.SkillCreated e => e.Content.Package.Digest,
        SkillEvent.SkillImproved e => e.Content.Package.Digest,
        SkillEvent.SkillMerged e => e.Content.Package.Digest,
        _ => null,
    };
}
