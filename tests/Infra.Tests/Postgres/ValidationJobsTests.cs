using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation;
using Pipeline.Domain.Validation.Jobs;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Tests.ReadModels;
using Pipeline.Tests;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Infra.Tests.Postgres;

public sealed class ValidationJobsTests(PostgresFixture postgres) : ReadModelTests(postgres)
{
    private static readonly DateTimeOffset Now = new(2026, 5, 4, 3, 2, 1, TimeSpan.Zero);
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5), Resend = TimeSpan.FromMinutes(5), AskAgain = TimeSpan.FromHours(1);
    private static readonly Validator Spec = new("spec", "1", "sha256:spec"), Security = new("security", "1", "sha256:security");

    private ValidationJobs Jobs => new(Ledger.DataSource);

    [Fact]
    public async Task A_job_is_put_once_and_done_once()
    {
        var job = Job("a", Spec);
        (await PutAsync(job)).ShouldBe([job.Id]);
        (await PutAsync(job)).ShouldBeEmpty();

        var leased = (await LeaseAsync(Now, job)).ShouldHaveSingleItem();
        leased.Job.ShouldBe(job);
        leased.Attempts.ShouldBe(1);
        (await LeaseAsync(Now, job)).ShouldBeEmpty();

        await Jobs.CloseAsync("acme", [new(job.Id, leased.Lease, Verdict.Passed)], Now);
        (await LeaseAsync(Now.AddHours(1), job)).ShouldBeEmpty();
        (await Jobs.OfSkillAsync("acme", "a")).ShouldHaveSingleItem().ShouldSatisfyAllConditions(j => j.State.ShouldBe("done"), j => j.Verdict.ShouldBe(Verdict.Passed));
        (await Jobs.CountAsync("acme")).ShouldBe(new(0, 0, 0, 1, 0, null));
    }

    [Fact]
    public async Task Two_workers_never_have_one_job()
    {
        var jobs = Enumerable.Range(0, 60).Select(i => Job($"{i % 7}", new($"v{i}", "1", "sha256:0"))).ToArray();
        await PutAsync(jobs);

        var taken = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => LeaseAsync(Now, jobs))));

        taken.SelectMany(t => t).Select(j => j.Job.Id).ShouldBe(jobs.Select(j => j.Id), ignoreOrder: true);
    }

    [Fact]
    public async Task A_job_that_somebody_holds_for_a_moment_is_waited_for_and_not_passed_over()
    {
        var job = Job("a", Spec);
        await PutAsync(job);
        await using var connection = await Ledger.DataSource.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var held = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var hold = new Npgsql.NpgsqlCommand("select from ledger.validation_jobs for update", connection, held)) await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        var leasing = LeaseAsync(Now, job);
        (await Task.WhenAny(leasing, Task.Delay(200, TestContext.Current.CancellationToken))).ShouldNotBe(leasing);
        await held.CommitAsync(TestContext.Current.CancellationToken);

        (await leasing).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_killed_workers_job_is_another_ones_when_the_lease_has_run_out_and_the_first_can_close_it_no_more()
    {
        var job = Job("a", Spec);
        await PutAsync(job);
        var first = (await LeaseAsync(Now, job)).Single();

        (await DueAsync(Now + Lease - TimeSpan.FromSeconds(1))).ShouldBeEmpty();
        (await DueAsync(Now + Lease)).ShouldBe([job.Id]);
        (await DueAsync(Now + Lease + TimeSpan.FromSeconds(1))).ShouldBeEmpty("its message is under way");
        var second = (await LeaseAsync(Now + Lease, job)).ShouldHaveSingleItem();
        second.Attempts.ShouldBe(2);

        await Jobs.CloseAsync("acme", [new(job.Id, first.Lease, Verdict.Failed)], Now + Lease);
        (await Jobs.OfSkillAsync("acme", "a")).Single().State.ShouldBe("running");
        await Jobs.CloseAsync("acme", [new(job.Id, second.Lease, Verdict.Passed)], Now + Lease);
        (await Jobs.OfSkillAsync("acme", "a")).Single().Verdict.ShouldBe(Verdict.Passed);
    }

    [Fact]
    public async Task A_job_that_is_put_off_comes_when_its_pause_is_over()
    {
        var job = Job("a", Spec);
        await PutAsync(job);
        var leased = (await LeaseAsync(Now, job)).Single();

        await Jobs.DeferAsync("acme", leased, awaitsAnswer: false, Now.AddSeconds(8), "it broke down", Now);

        (await LeaseAsync(Now.AddSeconds(7), job)).ShouldBeEmpty();
        (await DueAsync(Now.AddSeconds(7))).ShouldBeEmpty();
        (await DueAsync(Now.AddSeconds(8))).ShouldBe([job.Id]);
        (await LeaseAsync(Now.AddSeconds(8), job)).ShouldHaveSingleItem().ShouldSatisfyAllConditions(j => j.Attempts.ShouldBe(2), j => j.Problem.ShouldBe("it broke down"));
    }

    [Fact]
    public async Task What_waits_for_an_answer_is_counted_apart_and_comes_back_at_its_time()
    {
        var job = Job("a", Spec);
        await PutAsync(job);
        var leased = (await LeaseAsync(Now, job)).Single();
        await Jobs.DeferAsync("acme", leased, awaitsAnswer: true, Now.AddHours(2), "", Now);

        (await Jobs.CountAsync("acme")).ShouldSatisfyAllConditions(c => c.Waiting.ShouldBe(1), c => c.Queued.ShouldBe(0), c => c.OldestAt.ShouldBeNull());
        leased.ShouldSatisfyAllConditions(j => j.Deadline.ShouldBe(Now.AddMinutes(30)), j => j.IsAsked.ShouldBeFalse());
        (await DueAsync(leased.Deadline)).ShouldBeEmpty("the question was put now");
        (await DueAsync(Now.AddHours(2))).ShouldBe([job.Id]);
        (await LeaseAsync(Now.AddHours(2), job)).Single().ShouldSatisfyAllConditions(j => j.Deadline.ShouldBe(Now.AddHours(2)), j => j.IsAsked.ShouldBeTrue());
    }

    [Fact]
    public async Task A_message_that_led_to_nothing_is_sent_again()
    {
        var job = Job("a", Spec);
        await PutAsync(job);

        (await DueAsync(Now + Resend - TimeSpan.FromSeconds(1))).ShouldBeEmpty();
        (await DueAsync(Now + Resend)).ShouldBe([job.Id]);
        (await DueAsync(Now + Resend)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Versions_that_stand_or_are_pointed_at_are_missed_until_every_validator_was_asked()
    {
        var (one, two, three) = (Sample.Content("one"), Sample.Content("two"), Sample.Content("three"));
        await AppendAsync("skill-a", [Sample.Created("a", content: one), .. Sample.Served(1, one.Package.Digest), new SkillImproved(2, 1, two, []), new SkillImproved(3, 2, three, [])]);
        await AppendAsync("skill-b", Sample.Created("b"), new SkillRetired(RetirementCause.Stale, "gone"));
        await AppendAsync("skill-c", Sample.Created("c"), new VersionRevoked(1, Sample.Content("first text of c").Package.Digest, "leaks"));
        await SealAndCatchUpAsync();

        (await MissingAsync(Spec, Security)).ShouldBe([("a", 1), ("a", 3)]);
        await PutAsync(ValidationJob.Of("acme", "a", VersionOf(1, one), Spec), ValidationJob.Of("acme", "a", VersionOf(3, three), Spec));
        (await MissingAsync(Spec)).ShouldBeEmpty();
        (await MissingAsync(Spec, Security)).ShouldBe([("a", 1), ("a", 3)]);
        (await MissingAsync(Spec with { RulesetDigest = "sha256:newer" })).ShouldBe([("a", 1), ("a", 3)]);
        await PutAsync(ValidationJob.Of("acme", "a", VersionOf(1, one), Security), ValidationJob.Of("acme", "a", VersionOf(3, three), Security));
        (await MissingAsync(Spec, Security)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Only_what_a_validator_did_itself_counts_against_its_attempts()
    {
        var job = Job("a", Spec);
        await PutAsync(job);
        foreach (var (isFailure, failures) in new[] { (false, 1), (true, 1), (false, 2), (true, 2) })
        {
            var leased = (await LeaseAsync(Now, job)).Single();
            leased.Failures.ShouldBe(failures);
            await Jobs.DeferAsync("acme", leased, awaitsAnswer: false, Now, "", Now, isFailure);
        }
        (await LeaseAsync(Now, job)).Single().ShouldSatisfyAllConditions(j => j.Attempts.ShouldBe(5), j => j.Failures.ShouldBe(3));
        (await LeaseAsync(Now + Lease, job)).Single().Failures.ShouldBe(4, "its worker was lost");
    }

    [Fact]
    public async Task What_was_given_up_without_a_verdict_is_taken_up_again_when_it_is_asked_for()
    {
        var (superseded, failed, done) = (Job("a", Spec), Job("b", Spec), Job("c", Spec));
        await PutAsync(superseded, failed, done);
        var leases = (await LeaseAsync(Now, superseded, failed, done)).ToDictionary(j => j.Job.Id, j => j.Lease);
        await Jobs.CloseAsync("acme", [new(superseded.Id, leases[superseded.Id], null) { IsSuperseded = true }, new(failed.Id, leases[failed.Id], null), new(done.Id, leases[done.Id], Verdict.Passed)], Now);
        (await Jobs.CountAsync("acme")).ShouldBe(new(0, 0, 0, 1, 1, null));

        (await PutAsync(superseded, failed, done)).ShouldBe([superseded.Id, failed.Id], ignoreOrder: true);
        (await LeaseAsync(Now, superseded, failed, done)).Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_answer_that_comes_after_its_time_is_taken_and_one_to_a_verdict_is_not()
    {
        var (late, given) = (Job("a", Spec), Job("b", Spec));
        await PutAsync(late, given);
        var leases = (await LeaseAsync(Now, late, given)).ToDictionary(j => j.Job.Id, j => j.Lease);
        await Jobs.CloseAsync("acme", [new(late.Id, leases[late.Id], Verdict.InfraBlocked), new(given.Id, leases[given.Id], Verdict.Passed)], Now);

        (await Jobs.AnswerAsync("acme", late.Id, Now, Now + Lease)).ShouldNotBeNull();
        (await Jobs.AnswerAsync("acme", given.Id, Now, Now + Lease)).ShouldBeNull();
    }

    [Fact]
    public async Task Who_was_kept_from_judging_is_missed_again_after_a_pause_that_doubles()
    {
        var content = Sample.Content("one");
        await AppendAsync("skill-a", Sample.Created("a", content: content));
        await SealAndCatchUpAsync();
        var at = Now;
        for (var round = 0; round < 4; round++)
        {
            (await MissingAsync(at, Spec)).ShouldBe([("a", 1)]);
            var job = ValidationJob.Of("acme", "a", VersionOf(1, content), Spec, round: round);
            await PutAsync(job);
            (await MissingAsync(at, Spec)).ShouldBeEmpty("it is asked");
            await Jobs.CloseAsync("acme", [new(job.Id, (await LeaseAsync(at, job)).Single().Lease, Verdict.InfraBlocked)], at);
            (await MissingAsync(at + (AskAgain * Math.Pow(2, round)) - TimeSpan.FromSeconds(1), Spec)).ShouldBeEmpty();
            at += AskAgain * Math.Pow(2, round);
        }
    }

    [Fact]
    public async Task Who_gives_versions_to_others_is_missed_when_those_that_vet_it_let_it_pass()
    {
        var (content, platform) = (Sample.Content("one"), new Validator("platform", "1", "sha256:platform"));
        await AppendAsync("skill-a", Sample.Created("a", content: content));
        await SealAndCatchUpAsync();
        foreach (var vetting in new[] { Spec, Security })
        {
            var job = ValidationJob.Of("acme", "a", VersionOf(1, content), vetting);
            await PutAsync(job);
            (await MissingAsync(Spec, platform)).ShouldBeEmpty();
            await Jobs.CloseAsync("acme", [new(job.Id, (await LeaseAsync(Now, job)).Single().Lease, Verdict.Passed)], Now);
            if (vetting == Spec) (await MissingAsync(Spec, platform)).ShouldBeEmpty("security has not passed");
        }
        (await MissingAsync(Spec, Security, platform)).ShouldBe([("a", 1)]);
    }

    [Fact]
    public async Task The_position_never_goes_back()
    {
        await Jobs.AdvanceAsync(7);
        await Jobs.AdvanceAsync(3);
        (await Jobs.PositionAsync()).ShouldBe(7);
    }

    private static ValidationJob Job(string skill, Validator validator) => ValidationJob.Of("acme", skill, VersionOf(1, Sample.Content("text")), validator);

    private static SkillVersion VersionOf(int number, VersionContent content) => new(number, VersionOperation.Create, content.Package, "does it", [], Tier.Q);

    private Task<IReadOnlyList<string>> PutAsync(params ValidationJob[] jobs) => Jobs.PutAsync("acme", [.. jobs.Select(j => new ListedJob(j))], Now, Now.AddMinutes(30));

    private Task<IReadOnlyList<LeasedJob>> LeaseAsync(DateTimeOffset at, params ValidationJob[] jobs) => Jobs.LeaseAsync("acme", [.. jobs.Select(j => j.Id)], at, at + Lease);

    private async Task<IReadOnlyList<string>> DueAsync(DateTimeOffset at) => [.. (await Jobs.DueAsync(at, Resend, 100)).Select(d => d.JobId)];

    private Task<IReadOnlyList<(string, int)>> MissingAsync(params Validator[] validators) => MissingAsync(Now, validators);

    private async Task<IReadOnlyList<(string, int)>> MissingAsync(DateTimeOffset at, params Validator[] validators) =>
        [.. (await Jobs.MissingAsync(validators, ["platform"], at, AskAgain, 100)).Select(m => (m.SkillId, m.Version))];
}
