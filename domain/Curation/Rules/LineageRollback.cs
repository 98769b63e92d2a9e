using Pipeline.Domain.Curation.Usage;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Rules;

/// <summary>Goes back when a sequential test (<see cref="SequentialTest"/>) shows that runs with the current version succeed less often than runs
/// with the versions that it descends from, all together: where versions follow each other fast, the last one alone has too few. It goes back
/// to the newest of them whose own runs succeeded at least as often as those of all of them, and what the users of the current one failed with
/// is not learned from again (<see cref="Discredit"/>).</summary>
/// <remarks>What is refuted is that the current version does at least as well as each of the others; the bound on the error, however often one
/// looks, holds for that too. In a block the earlier version succeeds with a chance of p and the current one with q, and p may differ from
/// block to block. The expected value of a block is (1 + k(p - s))(1 - k(q - s)), where s and k > 0 are fixed by the blocks before. Neither
/// factor is negative and their sum is 2 - k(q - p), so for any p up to q their product is at most 1 (the mean of two numbers is no less than
/// the root of their product): the evidence is a supermartingale, and Ville's inequality applies. Runs from before the current version are taken newest
/// first, an order that is settled when its first run comes, so that what the environment was like long ago counts last.</remarks>
public static class LineageRollback
{
    public const string Name = "sequential-lineage";

    public static RollbackFinding? Judge(SkillSituation s)
    {
        if (s.Skill.Current is not { Operation: VersionOperation.Improve } current) return null;
        var lineage = Lineage(s, current);
        if (lineage.Count == 0) return null;
        var with = s.Account.With(current.Number);
        var first = with.Count > 0 ? with[0].Place : int.MaxValue;
        var runs = lineage.SelectMany(v => s.Account.With(Newest(s.Skill, v))).OrderBy(t => t.Place).ToList();
        var earlier = FairShare.Of([.. runs.Where(t => t.Place < first).Reverse(), .. runs.Where(t => t.Place >= first)], s.Policy);
        var (old, now) = (Outcomes(earlier), Outcomes(FairShare.Of(with, s.Policy)));
        var evidence = SequentialTest.LogEvidenceOfWorse(old, now);
        var needed = Math.Log(1 / s.Policy.RollbackError);
        var said = $"{now.Count(o => o)} of {now.Count} runs with version {current.Number} succeeded, and {old.Count(o => o)} of {old.Count} with the {lineage.Count} that it descends from";
        var finding = evidence >= needed
            ? Finding.Due("worse-than-before", FormattableString.Invariant($"{said}: it does worse, with a chance of error of at most {s.Policy.RollbackError:0.###}"))
            : Finding.NotDue("no-worse", $"{said}: that it does worse is not shown");
        return new(
            finding with
            {
                Scores = Finding.Numbers(
                    ("versionExposures", now.Count), ("versionSuccesses", now.Count(o => o)), ("versionsBefore", lineage.Count),
                    ("beforeExposures", old.Count), ("beforeSuccesses", old.Count(o => o)), ("logEvidenceOfWorse", evidence)),
                Thresholds = Finding.Numbers(("logEvidenceOfWorse", needed), ("rollbackError", s.Policy.RollbackError)),
            },
            Target(s, lineage, old).Number);
    }

    /// <summary>Whether the policy has gone back from a version of the skill.</summary>
    internal static bool HasTurned(Family family, Skill skill) => family.Decisions.Any(d => d.Operation == CurationOperation.RollBack && d.Result?.SkillId == skill.Id);

    // What was revoked, retired for what came of it, or gone back from is no measure and nothing to go back to.
    private static List<SkillVersion> Lineage(SkillSituation s, SkillVersion current)
    {
        var retired = Renewal.RetiredDigests(s.Family, s.Skill);
        var lineage = new List<SkillVersion>();
        for (var version = current; version.Parents is [{ } parent] && parent.SkillId == s.Skill.Id && s.Skill.Version(parent.Version) is { } before && before.Number < version.Number; version = before)
        {
            if (s.Skill.IsRevoked(before) || retired.Contains(before.PackageDigest) || lineage.Append(current).Any(v => v.PackageDigest == before.PackageDigest)) continue;
            lineage.Add(before);
        }
        return lineage;
    }

    private static SkillVersion Target(SkillSituation s, List<SkillVersion> lineage, List<bool> old) => lineage.Find(v =>
        s.Account.With(Newest(s.Skill, v)) is { Count: > 0 } own && own.Count(t => t.Succeeded) * (long)old.Count >= old.Count(o => o) * (long)own.Count) ?? lineage[0];

    // Runs are told under the newest number that the package has.
    private static int Newest(Skill skill, SkillVersion version) => skill.Versions.FindLast(v => v.PackageDigest == version.PackageDigest)!.Number;

    private static List<bool> Outcomes(IReadOnlyList<Trial> trials) => [.. trials.Select(t => t.Succeeded)];
}
