using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation;
using Pipeline.Domain.Validation.Jobs;
using Pipeline.Domain.Validation.Platform;
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
    public void A_job_of_the_first_round_is_called_as_jobs_always_were()
    {
        var version = Version(1, "one");
        var digest = CanonicalJson.DigestOf(new { tenant = "t", skillId = "a", version = 1, version.PackageDigest, validator = s_spec });
        digest.ShouldContain(ValidationJob.Of("t", "a", version, s_spec).Id);
    }

    [Fact]
    public void Who_was_kept_from_judging_can_be_asked_anew_each_time_under_another_id()
    {
        var skill = Skill.Fold([Created()]);
        var ids = new HashSet<string>();
        for (var round = 0; round < 3; round++)
        {
            var job = NeededJob.Of("t", skill, skill.Version(1)!, [s_spec], again: true).Single();
            (job.IsRequested, ids.Add(job.Job.Id)).ShouldBe((false, true));
            skill = Ended(skill, job.Job, Verdict.InfraBlocked);
            NeededJob.Of("t", skill, skill.Version(1)!, [s_spec]).Single().ShouldBe(new(job.Job, IsRequested: true, Verdict.InfraBlocked), "nobody asks anew unless told to");
        }
        var last = NeededJob.Of("t", skill, skill.Version(1)!, [s_spec], again: true).Single().Job;
        skill = Ended(skill, last, Verdict.Passed);
        NeededJob.Of("t", skill, skill.Version(1)!, [s_spec], again: true).Single().ShouldBe(new(last, IsRequested: true, Verdict.Passed));
    }

    [Fact]
    public void A_word_that_comes_late_counts_where_there_was_none()
    {
        var (blocked, judged) = (ValidationJob.Of("t", "a", Version(1, "one"), s_spec), ValidationJob.Of("t", "a", Version(1, "one"), s_security));
        var skill = Ended(Ended(Skill.Fold([Created()]), blocked, Verdict.InfraBlocked), judged, Verdict.Passed);

        Decision.Accepted Said(ValidationJob job, Verdict verdict) => SkillDecider.Decide(
            new SkillCommand.CompleteValidation(job.Id, 1, job.Validator.Name, "1", "sha256:rules", verdict, new Dictionary<string, double>(), ""), skill).ShouldBeOfType<Decision.Accepted>();
        Said(blocked, Verdict.InfraBlocked).Events.ShouldBeEmpty();
        Said(judged, Verdict.Failed).Events.ShouldBeEmpty();
        skill = Said(blocked, Verdict.Failed).Events.Aggregate(skill, Skill.Evolve);
        skill.VerdictOf(blocked.PackageDigest, s_spec)!.Verdict.ShouldBe(Verdict.Failed);
    }

    [Fact]
    public void Which_of_two_jobs_came_later_is_what_the_stream_says()
    {
        var (older, newer) = (s_spec with { RulesetDigest = "sha256:older" }, s_spec);
        var (first, second) = (ValidationJob.Of("t", "a", Version(1, "one"), older), ValidationJob.Of("t", "a", Version(1, "one"), newer));
        var skill = Asked(Asked(Skill.Fold([Created()]), first), second);

        NeededJob.IsAskedAfter(skill, first, newer).ShouldBeTrue();
        NeededJob.IsAskedAfter(skill, second, older).ShouldBeFalse("who has the older rules leaves the job to who has the newer ones");
        NeededJob.IsAskedAfter(skill, first, s_security).ShouldBeFalse();
    }

    [Fact]
    public void Only_what_is_in_use_and_was_let_pass_is_given_to_others_to_be_run()
    {
        Validator[] today = [s_spec, s_security];
        var skill = Skill.Fold([Created()]);
        string Barrier() => TrialAdmission.Barrier(skill, skill.Version(1)!, today);
        Barrier().ShouldBe("spec and security of today have not passed on it");
        skill = Ended(skill, ValidationJob.Of("t", "a", skill.Version(1)!, s_spec), Verdict.Passed);
        skill = Ended(skill, ValidationJob.Of("t", "a", skill.Version(1)!, s_security with { RulesetDigest = "sha256:older" }), Verdict.Passed);
        Barrier().ShouldBe("security of today has not passed on it");
        skill = Ended(skill, ValidationJob.Of("t", "a", skill.Version(1)!, s_security), Verdict.Passed);
        Barrier().ShouldBeEmpty();
        TrialAdmission.Barrier(Skill.Evolve(skill, new SkillRetired(RetirementCause.ByHand, "")), skill.Version(1)!, today).ShouldBe("the skill is retired");
        TrialAdmission.Barrier(Skill.Evolve(skill, new SkillAbsorbed(new("b", 2, ""), 1)), skill.Version(1)!, today).ShouldBe("the skill was absorbed by another");
        TrialAdmission.Barrier(Skill.Evolve(skill, new VersionRevoked(1, Package("one").Digest, "")), skill.Version(1)!, today).ShouldBe("the version is revoked");
        skill = Ended(skill, ValidationJob.Of("t", "a", skill.Version(1)!, s_security, round: 1), Verdict.Failed);
        Barrier().ShouldBe("security of today has not passed on it");
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

    private static Skill Asked(Skill skill, ValidationJob job) => Skill.Evolve(
        skill, new ValidationRequested(job.Id, job.Version, job.PackageDigest, job.Validator.Name, job.Validator.Version, job.Validator.RulesetDigest));

    private static Skill Ended(Skill skill, ValidationJob job, Verdict verdict) => Skill.Evolve(Asked(skill, job), new ValidationCompleted(
        job.Id, job.Version, job.PackageDigest, job.Validator.Name, job.Validator.Version, job.Validator.RulesetDigest, verdict, new Dictionary<string, double>(), "sha256:report"));

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
