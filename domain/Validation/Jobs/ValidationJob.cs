using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Validation.Jobs;

/// <summary>One validator's judgement of one version, under an id that is the same whoever asks for it and however often.</summary>
public sealed record ValidationJob(string Id, string SkillId, int Version, string PackageDigest, Validator Validator)
{
    private const int IdDigits = 32;

    public static ValidationJob Of(string tenant, string skillId, SkillVersion version, Validator validator)
    {
        var digest = CanonicalJson.DigestOf(new { tenant, skillId, version = version.Number, version.PackageDigest, validator });
        return new(digest[Digest.Prefix.Length..][..IdDigits], skillId, version.Number, version.PackageDigest, validator);
    }
}

/// <summary>A job that a version needs, and how it stands by the skill's own stream.</summary>
/// <param name="Given">The verdict; null while there is none.</param>
public sealed record NeededJob(ValidationJob Job, bool IsRequested, Verdict? Given)
{
    /// <summary>The jobs for a version: none for one that is revoked, and those of an equal package instead of its own where that was put to the validator before.</summary>
    public static IReadOnlyList<NeededJob> Of(string tenant, Skill skill, SkillVersion version, IEnumerable<Validator> validators) =>
        skill.IsRevoked(version) ? [] : [.. validators.Select(validator => Of(tenant, skill, version, validator))];

    private static NeededJob Of(string tenant, Skill skill, SkillVersion version, Validator validator)
    {
        var asked = skill.Versions.Where(v => v.PackageDigest == version.PackageDigest).Select(v => ValidationJob.Of(tenant, skill.Id, v, validator))
            .FirstOrDefault(job => skill.ClosedJobs.Contains(job.Id) || skill.OpenJobs.ContainsKey(job.Id));
        if (asked is null) return new(ValidationJob.Of(tenant, skill.Id, version, validator), IsRequested: false, Given: null);
        return new(asked, IsRequested: true, skill.ClosedJobs.Contains(asked.Id) ? skill.VerdictOf(asked.PackageDigest, validator)?.Verdict ?? Verdict.Inconclusive : null);
    }
}
