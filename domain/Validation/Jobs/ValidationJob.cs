using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Validation.Jobs;

/// <summary>One validator's judgement of one version, under an id that is the same whoever asks for it and however often.</summary>
public sealed record ValidationJob(string Id, string SkillId, int Version, string PackageDigest, Validator Validator)
{
    private const int IdDigits = 32;

    /// <summary>By which it is to be judged (<see cref="Families.EvidenceCut.TextOf"/>); empty where evidence has no part in it.</summary>
    public string Evidence { get; init; } = "";

    /// <param name="evidence">Another evidence is another job.</param>
    /// <param name="round">How often the validator was kept from judging before: each time it is asked anew.</param>
    public static ValidationJob Of(string tenant, string skillId, SkillVersion version, Validator validator, string evidence = "", int round = 0)
    {
        // What is null is left out: jobs of the first round that no evidence has a part in are called as they always were.
        var (on, again) = (evidence.Length > 0 ? evidence : null, round > 0 ? round : (int?)null);
        var digest = CanonicalJson.DigestOf(new { tenant, skillId, version = version.Number, version.PackageDigest, validator, evidence = on, round = again });
        return new(digest[Digest.Prefix.Length..][..IdDigits], skillId, version.Number, version.PackageDigest, validator) { Evidence = evidence };
    }
}

/// <summary>A job that a version needs, and how it stands by the skill's own stream.</summary>
/// <param name="Given">The verdict; null while there is none.</param>
public sealed record NeededJob(ValidationJob Job, bool IsRequested, Verdict? Given)
{
    /// <summary>The jobs for a version: none for one that is revoked, and those of an equal package instead of its own where that was put to the validator before.</summary>
    /// <param name="again">Whether a validator that was kept from judging is to be asked anew.</param>
    /// <param name="evidenceFor">By which a validator is to judge, as a job has it; null: evidence has no part in it.</param>
    public static IReadOnlyList<NeededJob> Of(
        string tenant, Skill skill, SkillVersion version, IEnumerable<Validator> validators, bool again = false, Func<Validator, string>? evidenceFor = null) =>
        skill.IsRevoked(version) ? [] : [.. validators.Select(validator => Of(tenant, skill, version, validator, again, evidenceFor?.Invoke(validator) ?? ""))];

    /// <summary>Whether a package was put to a validator later than with a certain job.</summary>
    public static bool IsAskedAfter(Skill skill, ValidationJob job, Validator validator) => skill.Requests.TryGetValue(job.Id, out var before)
        && skill.Requests.Values.Any(own => own.Place > before.Place && own.PackageDigest == job.PackageDigest && own.Validator == validator);

    private static NeededJob Of(string tenant, Skill skill, SkillVersion version, Validator validator, bool again, string evidence)
    {
        foreach (var same in skill.Versions.Where(v => v.PackageDigest == version.PackageDigest))
        {
            var (round, job) = (0, ValidationJob.Of(tenant, skill.Id, same, validator, evidence));
            if (!IsAsked(skill, job)) continue;
            for (var next = job; IsAsked(skill, next); next = ValidationJob.Of(tenant, skill.Id, same, validator, evidence, ++round)) job = next;
            var end = skill.ClosedJobs.GetValueOrDefault(job.Id);
            return end is { IsJudged: false } && again
                ? new(ValidationJob.Of(tenant, skill.Id, same, validator, evidence, round), IsRequested: false, Given: null)
                : new(job, IsRequested: true, end?.Verdict);
        }
        return new(ValidationJob.Of(tenant, skill.Id, version, validator, evidence), IsRequested: false, Given: null);
    }

    private static bool IsAsked(Skill skill, ValidationJob job) => skill.ClosedJobs.ContainsKey(job.Id) || skill.OpenJobs.ContainsKey(job.Id);
}
