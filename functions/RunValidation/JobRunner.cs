using System.Text;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation;
using Pipeline.Domain.Validation.Jobs;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.RunValidation;

/// <summary>Does leased jobs of one skill: load, judge side by side, and append all verdicts with what follows from them in one transaction.</summary>
public sealed class JobRunner(
    EventStore store, LedgerWriter ledger, ValidationJobs jobs, JobJudgement judgement, SkillStanding standing, JobLimits limits, TimeProvider time, ILogger<JobRunner> logger)
{
    public async Task RunAsync(string tenant, string skillId, IReadOnlyList<LeasedJob> leased, CancellationToken ct)
    {
        var stream = await store.ReadStreamAsync(tenant, Streams.Of(Streams.Skill, skillId), ct: ct);
        var skill = Skill.Fold(stream.Select(e => e.Event));
        // Somebody got as far as the ledger and was killed before the job was closed.
        await jobs.CloseAsync(tenant, [.. leased.Where(j => skill.ClosedJobs.Contains(j.Job.Id)).Select(j => Closed(j, skill))], time.GetUtcNow(), ct);

        var judged = await Task.WhenAll(leased.Where(j => !skill.ClosedJobs.Contains(j.Job.Id)).Select(j => judgement.JudgeAsync(tenant, skill, stream, j, ct)));
        foreach (var asked in judged.Where(j => j.AwaitsAnswer)) await jobs.DeferAsync(tenant, asked.Job, awaitsAnswer: true, asked.Job.Deadline, asked.Problem, time.GetUtcNow(), ct);
        foreach (var late in judged.Where(j => j.Verdict is null && !j.AwaitsAnswer))
        {
            logger.LogWarning("Validator {Validator} is tried again: {Problem}", late.Job.Job.Validator.Name, late.Problem);
            await PauseAsync(tenant, late.Job, late.Problem, ct);
        }
        await RecordAsync(tenant, skillId, [.. judged.Where(j => j.Verdict is not null)], ct);
    }

    /// <summary>Puts verdicts on record, with what follows from them, and closes their jobs.</summary>
    public async Task RecordAsync(string tenant, string skillId, IReadOnlyList<Judged> judged, CancellationToken ct)
    {
        if (judged.Count == 0) return;
        var refused = new Dictionary<string, string>(StringComparer.Ordinal);
        var outcome = await ledger.WriteAsync(ContextOf(tenant, skillId, judged), async read =>
        {
            refused.Clear();
            var skill = await read.FoldAsync(Streams.Of(Streams.Skill, skillId), Skill.None, Skill.Evolve);
            var (state, events) = (skill.State, new List<ILedgerEvent>());
            foreach (var (job, verdict, _) in judged)
            {
                if (SkillDecider.Decide(Completion(job.Job, verdict!), state) is not Decision.Accepted { Events: var completed })
                {
                    refused[job.Job.Id] = "the skill's stream holds no such request, or what a newer program wrote";
                    continue;
                }
                events.AddRange(completed);
                state = completed.Aggregate(state, Skill.Evolve);
            }
            if (events.Count > 0) events.AddRange(await standing.FollowingAsync(read, state, ct));
            return new(Decision.Of([.. events]), [skill.Append(Streams.Skill, events)])
            {
                Contents = [.. judged.Select(j => new ContentBlob(Encoding.UTF8.GetBytes(j.Verdict!.ReportOf(j.Job.Job.Validator, j.Job.Job.PackageDigest).Text())))],
            };
        }, ct);
        if (outcome is not WriteOutcome.Written)
        {
            foreach (var (job, _, _) in judged) await PauseAsync(tenant, job, "others kept writing to this skill", ct);
            return;
        }
        await jobs.CloseAsync(tenant, [.. judged.Select(j => new ClosedJob(
            j.Job.Job.Id, j.Job.Lease, refused.ContainsKey(j.Job.Job.Id) ? null : j.Verdict!.Verdict, refused.GetValueOrDefault(j.Job.Job.Id, j.Problem)))], time.GetUtcNow(), ct);
    }

    private Task PauseAsync(string tenant, LeasedJob job, string problem, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var next = now + limits.PauseAfter(job.Job.Id, job.Attempts);
        // At its deadline a job is looked at in any case.
        if (next > job.Deadline && now < job.Deadline) next = job.Deadline;
        return jobs.DeferAsync(tenant, job, awaitsAnswer: false, next, problem, now, ct);
    }

    private static ClosedJob Closed(LeasedJob job, Skill skill) =>
        new(job.Job.Id, job.Lease, skill.VerdictOf(job.Job.PackageDigest, job.Job.Validator)?.Verdict ?? Verdict.Inconclusive);

    private static SkillCommand.CompleteValidation Completion(ValidationJob job, ValidationVerdict verdict) => new(
        job.Id, job.Version, job.Validator.Name, job.Validator.Version, job.Validator.RulesetDigest,
        verdict.Verdict, verdict.Metrics, verdict.ReportOf(job.Validator, job.PackageDigest).Digest())
    {
        Reason = verdict.Reason,
    };

    private static EventContext ContextOf(string tenant, string skillId, IReadOnlyList<Judged> judged)
    {
        var only = judged.Count == 1 ? judged[0].Job.Job.Validator : null;
        return new()
        {
            Tenant = tenant,
            Actor = new(ActorKind.Validator, only?.Name ?? "validators"),
            CausationId = judged[0].Job.Job.Id,
            CorrelationId = Streams.Of(Streams.Skill, skillId),
            DecidedBy = only is null ? ProgramVersion.Name : $"{only.Name}@{only.Version}",
            RecordedAt = default,
        };
    }
}
