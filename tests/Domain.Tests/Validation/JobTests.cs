using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation;
using Pipeline.Domain.Validation.Jobs;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Domain.Tests.Validation;

public sealed class JobTests
{
    private static readonly Validator s_spec = new("spec", "1", "sha256:rules"), s_security = new("security", "1", "sha256:rules");

    [Fact]
    public void Pauses_double_up_to_a_limit_are_spread_by_the_job_and_always_the_same()
    {
        var limits = new JobLimits { FirstPause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(60) };
        for (var attempt = 1; attempt < 40; attempt++)
        {
            var full = Math.Min(60, Math.Pow(2, attempt - 1));
            var pause = limits.PauseAfter("job", attempt);
            pause.TotalSeconds.ShouldBeInRange(full / 2, full);
            limits.PauseAfter("job", attempt).ShouldBe(pause);
        }
        Enumerable.Range(0, 50).Select(i => limits.PauseAfter($"job-{i}", 5)).Distinct().Count().ShouldBeGreaterThan(45);
    }

    [Fact]
    public void A_lease_is_longer_than_a_validator_may_take() => new JobLimits().Lease.ShouldBeGreaterThan(new JobLimits().Timeout);

    [Fact]
    public void A_job_is_another_for_every_other_tenant_skill_version_package_and_rule()
    {
        var version = Version(1, "one");
        ValidationJob[] jobs =
        [
            ValidationJob.Of("t", "a", version, s_spec), ValidationJob.Of("u", "a", version, s_spec), ValidationJob.Of("t", "b", version, s_spec),
            ValidationJob.Of("t", "a", Version(2, "one"), s_spec), ValidationJob.Of("t", "a", Version(1, "two"), s_spec), ValidationJob.Of("t", "a", version, s_security),
            ValidationJob.Of("t", "a", version, s_spec with { RulesetDigest = "sha256:newer" }), ValidationJob.Of("t", "a", version, s_spec with { Version = "2" }),
        ];

        jobs.Select(j => j.Id).Distinct().Count().ShouldBe(jobs.Length);
        ValidationJob.Of("t", "a", version, s_spec).ShouldBe(jobs[0]);
    }

    [Fact]
    public void A_package_that_was_judged_under_another_number_is_not_judged_again()
    {
        var skill = Skill.Fold([Created(), Improved(2), new SkillRolledBack(3, 1, Package("one").Digest, "worse")]);
        var job = ValidationJob.Of("t", "a", skill.Version(1)!, s_spec);
        skill = new ILedgerEvent[]
        {
            new ValidationRequested(job.Id, 1, job.PackageDigest, "spec", "1", "sha256:rules"),
            new ValidationCompleted(job.Id, 1, job.PackageDigest, "spec", "1", "sha256:rules", Verdict.Passed, new Dictionary<string, double>(), "sha256:report"),
        }.Aggregate(skill, Skill.Evolve);

        var needed = NeededJob.Of("t", skill, skill.Version(3)!, [s_spec, s_security]);

        needed[0].ShouldBe(new(job, IsRequested: true, Verdict.Passed));
        needed[1].ShouldBe(new(ValidationJob.Of("t", "a", skill.Version(3)!, s_security), IsRequested: false, null));
    }

    [Fact]
    public void Nothing_is_asked_about_a_revoked_version()
    {
        var skill = Skill.Fold([Created(), new VersionRevoked(1, Package("one").Digest, "leaks")]);
        NeededJob.Of("t", skill, skill.Version(1)!, [s_spec]).ShouldBeEmpty();
    }

    [Fact]
    public void Contents_follow_versions_and_those_that_were_restored()
    {
        var contents = VersionContents.Of([Created(), Improved(2), new SkillRolledBack(3, 1, Package("one").Digest, "worse"), new SkillRetired(RetirementCause.Stale, "gone")]);

        contents.Keys.Order().ShouldBe([1, 2, 3]);
        contents[3].ShouldBe(contents[1]);
        contents[2].Package.ShouldBe(Package("two").Manifest);
    }

    private static SkillVersion Version(int number, string text) => new(number, VersionOperation.Create, Package(text).Manifest, "", [], Tier.Q);

    private static Package Package(string text) => Domain.Skills.Package.OfText(("SKILL.md", text));

    private static VersionContent Content(string text) => new() { Description = "", Package = Package(text).Manifest, Composer = new("import", "1"), Rationale = "" };

    private static SkillCreated Created() => new()
    {
        SkillId = "a",
        Name = "a",
        Origin = SkillOrigin.Imported,
        FamilyId = "",
        Environment = "",
        Kind = SkillKind.Functional,
        Content = Content("one"),
    };

    private static SkillImproved Improved(int version) => new(version, version - 1, Content("two"), []);
}
