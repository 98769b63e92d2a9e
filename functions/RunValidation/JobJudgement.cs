using Npgsql;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation;
using Pipeline.Domain.Validation.Jobs;
using Pipeline.Domain.Validation.Platform;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.RunValidation;

/// <param name="Verdict">Null: it is to be tried again.</param>
/// <param name="Problem">Why there is no verdict, or none of the validator's own; empty else.</param>
public sealed record Judged(LeasedJob Job, ValidationVerdict? Verdict, string Problem)
{
    /// <summary>Somebody outside was asked now, and is waited for until then.</summary>
    public DateTimeOffset? AwaitsAnswerUntil { get; init; }

    /// <summary>The validator itself broke down or hung.</summary>
    public bool IsFailure { get; init; }

    /// <summary>By a job for this program's own rules: nothing goes on record.</summary>
    public bool IsSuperseded { get; init; }
}

/// <summary>Calls a validator so that whatever it does stays its own affair: it may break down, hang, or lack what it takes.</summary>
public sealed class JobJudgement(StoredPackages packages, ValidatorRegistry validators, JobLimits limits, TimeProvider time)
{
    private const string Unavailable = "the database or another service that it takes did not answer";

    public async Task<Judged> JudgeAsync(string tenant, Skill skill, IReadOnlyList<RecordedEvent> stream, LeasedJob job, CancellationToken ct)
    {
        if (validators.Find(job.Job.Validator) is not { } validator) return Unknown(skill, job);
        if (job.IsAsked && time.GetUtcNow() >= job.Deadline) return Blocked(job, "validation.deadline", $"there was no verdict in time: {job.Problem}");
        if (job.Failures > limits.Attempts && validator is not IAskingValidator)
            return Blocked(job, "validation.broke-down", $"the validator was tried {limits.Attempts} times{(job.Problem.Length > 0 ? $": {job.Problem}" : ", and each time its worker was lost")}");
        try
        {
            if (skill.Version(job.Job.Version) is not { } version || await packages.ReadAsync(version.Package, ct) is not { } package)
                return Given(job, Verdict.Inconclusive, "validation.package-missing", "the version's files are not in the content store as its digest names them");
            var @case = new ValidationCase(tenant, skill, stream, version, package) { Evidence = EvidenceCut.Read(job.Job.Evidence) };
            return validator is IAskingValidator asking ? await AskAsync(asking, @case, job, ct) : new(job, await WithinTimeAsync(validator, @case, ct), "");
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw;
        }
        catch (TimeoutException)
        {
            return Again(job, $"the validator did not answer within {limits.Timeout.TotalSeconds:0} seconds");
        }
        catch (Exception e) when (e is NpgsqlException or HttpRequestException or IOException)
        {
            return Later(job, Unavailable);
        }
        catch (Exception e)
        {
            // Its message may quote the package, which is hostile.
            return Again(job, $"the validator broke down with {e.GetType().Name}");
        }
    }

    // Whether it can be reached says nothing about the version: it is asked until the deadline.
    private async Task<Judged> AskAsync(IAskingValidator validator, ValidationCase @case, LeasedJob job, CancellationToken ct)
    {
        // What was in order when it was asked for need not be any more.
        if (TrialAdmission.Barrier(@case.Skill, @case.Version, validators.Identities) is { Length: > 0 } barrier) return Blocked(job, "validation.not-asked", barrier);
        var until = time.GetUtcNow() + (validator.Patience ?? limits.Deadline);
        return await validator.AskAsync(@case, job.Job, until, ct) is { Length: > 0 } problem
            ? Later(job, problem)
            : new(job, null, "the platform was asked and has not answered") { AwaitsAnswerUntil = until };
    }

    // By older rules, and this program's own job came after it: then that one counts. Else by newer rules, and whoever has those does it.
    private Judged Unknown(Skill skill, LeasedJob job)
    {
        var isSuperseded = time.GetUtcNow() >= job.Deadline || validators.Identities.Where(v => v.Name == job.Job.Validator.Name)
            .Any(own => NeededJob.IsAskedAfter(skill, job.Job, own));
        return new(job, null, "another program's rules: this one judges by its own") { IsSuperseded = isSuperseded };
    }

    private async Task<ValidationVerdict> WithinTimeAsync(IValidator validator, ValidationCase @case, CancellationToken ct)
    {
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(ct);
        // On a thread of its own: one that does not look at its token is left behind.
        var judging = Task.Run(() => validator.JudgeAsync(@case, bound.Token), bound.Token);
        try
        {
            return await judging.WaitAsync(limits.Timeout, time, ct);
        }
        finally
        {
            await bound.CancelAsync();
        }
    }

    private Judged Again(LeasedJob job, string problem) => job.Failures < limits.Attempts
        ? new(job, null, problem) { IsFailure = true }
        : Blocked(job, "validation.broke-down", $"the validator was tried {job.Failures} times: {problem}");

    // The deadline ends trying, and not a job that nobody tried.
    private Judged Later(LeasedJob job, string problem) => time.GetUtcNow() < job.Deadline
        ? new(job, null, problem)
        : Blocked(job, "validation.deadline", $"there was no verdict in time: {problem}");

    // That the validator could not judge says nothing of the version; it is asked again later.
    private static Judged Blocked(LeasedJob job, string rule, string why) => Given(job, Verdict.InfraBlocked, rule, why);

    private static Judged Given(LeasedJob job, Verdict verdict, string rule, string why) =>
        new(job, new(verdict, new Dictionary<string, double>(), [new(rule, FindingSeverity.Medium, why)]), why);
}
