using Pipeline.Domain.Curation.Usage;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Rules;

/// <summary>Goes back to the version that the current one was made from, when a sequential test (<see cref="SequentialTest"/>) shows that runs
/// with the current one succeed less often. The test may be looked at as often as one likes.</summary>
public static class SequentialRollback
{
    public const string Name = "sequential-test";

    public static RollbackFinding? Judge(SkillSituation s)
    {
        if (s.Skill.Current is not { Operation: VersionOperation.Improve, Parents: [var parent, ..] } current) return null;
        if (s.Skill.Version(parent.Version) is not { } before || s.Skill.IsRevoked(before)) return null;
        // Runs are told under the newest number that the package has.
        var stood = s.Skill.Versions.FindLast(v => v.PackageDigest == before.PackageDigest)!.Number;
        var (old, now) = (Fair(s.Account.With(stood), s.Policy), Fair(s.Account.With(current.Number), s.Policy));
        var evidence = SequentialTest.LogEvidenceOfWorse(old, now);
        var needed = Math.Log(1 / s.Policy.RollbackError);
        var said = $"{now.Count(o => o)} of {now.Count} runs with version {current.Number} succeeded, and {old.Count(o => o)} of {old.Count} with version {before.Number} before it";
        var finding = evidence >= needed
            ? Finding.Due("worse-than-before", FormattableString.Invariant($"{said}: it does worse, with a chance of error of at most {s.Policy.RollbackError:0.###}"))
            : Finding.NotDue("no-worse", $"{said}: that it does worse is not shown");
        return new(
            finding with
            {
                Scores = Finding.Numbers(
                    ("versionExposures", now.Count), ("versionSuccesses", now.Count(o => o)),
                    ("beforeExposures", old.Count), ("beforeSuccesses", old.Count(o => o)), ("logEvidenceOfWorse", evidence)),
                Thresholds = Finding.Numbers(("logEvidenceOfWorse", needed), ("rollbackError", s.Policy.RollbackError)),
            },
            before.Number);
    }

    private static List<bool> Fair(IReadOnlyList<Trial> trials, CurationPolicy policy) => [.. FairShare.Of(trials, policy).Select(t => t.Succeeded)];
}
