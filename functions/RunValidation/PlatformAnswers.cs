using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Domain.Validation;
using Pipeline.Domain.Validation.Jobs;
using Pipeline.Domain.Validation.Platform;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Platform;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.RunValidation;

/// <summary>Takes what a platform found, once for each job, and judges by it.</summary>
public sealed class PlatformAnswers(
    LedgerWriter ledger, ValidationJobs jobs, JobRunner runner, ValidatorRegistry validators, PlatformOptions options, JobLimits limits, TimeProvider time)
{
    public async Task<Completion> TakeAsync(CloudEvent answer, CancellationToken ct)
    {
        const string tenant = EventContext.DefaultTenant;
        if (!TrialReader.Read(answer).Try(out var trial, out var error)) return Poison(answer, error.Code, error.Message);
        if (!options.IsToken(trial.Job, trial.Token)) return Poison(answer, "validation-token", "the answer does not bring along what was sent with the question");
        if (await jobs.FindAsync(tenant, trial.Job, ct) is not { } asked || asked.Validator.Name != PlatformValidator.Name)
            return Poison(answer, "validation-job-unknown", "no platform was asked about a job of that id");
        if (asked.PackageDigest != trial.PackageDigest) return Poison(answer, "validation-differs", "the answer is about another package than the question");
        if (validators.Find(asked.Validator) is null)
            return await IsSettledAsync(tenant, asked, ct) ? Completion.Nothing : new Completion.Retry("the answer is to a question by another program's rules, which that program judges by");
        var now = time.GetUtcNow();
        // Nobody sends it twice: what cannot be put on record now comes again.
        return await jobs.AnswerAsync(tenant, trial.Job, now, now + limits.Lease, ct) is not { } job
            || await runner.RecordAsync(tenant, job.Job.SkillId, [new(job, PlatformValidator.Judge(trial, PlatformJob.Thresholds), "")], ct)
            ? Completion.Nothing
            : new Completion.Retry("others kept writing to the skill that the answer is about");
    }

    // By other rules than this program's: it has its verdict, or was given up, or this program's own question came after it. Else whoever has those rules
    // judges by the answer, and nobody sends it twice.
    private async Task<bool> IsSettledAsync(string tenant, ValidationJob asked, CancellationToken ct)
    {
        var listed = (await jobs.OfSkillAsync(tenant, asked.SkillId, ct)).FirstOrDefault(j => j.Job.Id == asked.Id);
        if (listed is null or { State: "superseded" or "failed" } or { State: "done", Verdict: not Verdict.InfraBlocked }) return true;
        var skill = (await ledger.Reader(tenant, ct).FoldAsync(Streams.Of(Streams.Skill, asked.SkillId), Skill.None, Skill.Evolve)).State;
        return validators.Identities.Any(own => own.Name == asked.Validator.Name && NeededJob.IsAskedAfter(skill, asked, own));
    }

    private static Completion.Poison Poison(CloudEvent answer, string code, string detail) => new(code, detail, answer.Source, answer.Id);
}
