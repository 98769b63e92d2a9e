using Npgsql;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation;
using Pipeline.Domain.Validation.Jobs;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.RunValidation;

/// <param name="Verdict">Null: it is to be tried again.</param>
/// <param name="Problem">Why there is no verdict, or none of the validator's own; empty else.</param>
public sealed record Judged(LeasedJob Job, ValidationVerdict? Verdict, string Problem)
{
    /// <summary>Somebody outside was asked, and is waited for.</summary>
    public bool AwaitsAnswer { get; init; }
}

/// <summary>Calls a validator so that whatever it does stays its own affair: it may break down, hang, or lack what it takes.</summary>
public sealed class JobJudgement(StoredPackages packages, ValidatorRegistry validators, JobLimits limits, TimeProvider time)
{
    private const string Unavailable = "the database or another service that it takes did not answer";

    public async Task<Judged> JudgeAsync(string tenant, Skill skill, IReadOnlyList<RecordedEvent> stream, LeasedJob job, CancellationToken ct)
    {
        if (validators.Find(job.Job.Validator) is not { } validator)
            return Given(job, Verdict.Inconclusive, "validation.superseded", "this program judges by other rules by now, and asks by those");
        if (time.GetUtcNow() >= job.Deadline)
            return Given(job, Verdict.InfraBlocked, "validation.deadline", $"there was no verdict in time{(job.Problem.Length > 0 ? $": {job.Problem}" : "")}");
        if (job.Attempts > limits.Attempts && job.Problem != Unavailable && validator is not IAskingValidator)
            return Given(job, Verdict.Inconclusive, "validation.broke-down", $"the validator was tried {limits.Attempts} times{(job.Problem.Length > 0 ? $": {job.Problem}" : ", and each time its worker was lost")}");
        try
        {
            if (skill.Version(job.Job.Version) is not { } version || await packages.ReadAsync(version.Package, ct) is not { } package)
                return Given(job, Verdict.Inconclusive, "validation.package-missing", "the version's files are not in the content store as its digest names them");
            if (validator is IAskingValidator asking) return await AskAsync(asking, new(tenant, skill, stream, version, package), job, ct);
            return new(job, await WithinTimeAsync(validator, new(tenant, skill, stream, version, package), ct), "");
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
            return new(job, null, Unavailable);
        }
        catch (Exception e)
        {
            // Its message may quote the package, which is hostile.
            return Again(job, $"the validator broke down with {e.GetType().Name}");
        }
    }

    // Whether it can be reached says nothing about the version: it is asked until the deadline.
    private static async Task<Judged> AskAsync(IAskingValidator validator, ValidationCase @case, LeasedJob job, CancellationToken ct) =>
        await validator.AskAsync(@case, job.Job, job.Deadline, ct) is { Length: > 0 } problem
            ? new(job, null, problem)
            : new(job, null, "the platform was asked and has not answered") { AwaitsAnswer = true };

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

    private Judged Again(LeasedJob job, string problem) => job.Attempts < limits.Attempts
        ? new(job, null, problem)
        : Given(job, Verdict.Inconclusive, "validation.broke-down", $"the validator was tried {job.Attempts} times: {problem}");

    private static Judged Given(LeasedJob job, Verdict verdict, string rule, string why) =>
        new(job, new(verdict, new Dictionary<string, double>(), [new(rule, FindingSeverity.Medium, why)]), why);
}
