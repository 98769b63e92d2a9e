using System.Text;
using Npgsql;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation;
using Pipeline.Domain.Validation.Jobs;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.RunValidation;

/// <summary>Does leased jobs of one skill: load, judge side by side, and append verdicts with what follows from them, those that come together in one transaction.</summary>
public sealed class JobRunner(
    EventStore store, LedgerWriter ledger, ValidationJobs jobs, JobJudgement judgement, SkillStanding standing, JobLimits limits, TimeProvider time, ILogger<JobRunner> logger)
{
    private const string Contended = "others kept writing to this skill";

    /// <summary>Does what was leased; whatever ends it early, the jobs that are not done by then are given back.</summary>
    public async Task RunAsync(string tenant, IReadOnlyList<LeasedJob> leased, CancellationToken ct)
    {
        try
        {
            foreach (var ofSkill in leased.GroupBy(j => j.Job.SkillId)) await RunAsync(tenant, ofSkill.Key, [.. ofSkill], ct);
        }
        catch (Exception e)
        {
            await GiveBackAsync(tenant, leased, atOnce: e is OperationCanceledException && ct.IsCancellationRequested);
            throw;
        }
    }

    private async Task RunAsync(string tenant, string skillId, IReadOnlyList<LeasedJob> leased, CancellationToken ct)
    {
        var stream = await store.ReadStreamAsync(tenant, Streams.Of(Streams.Skill, skillId), ct: ct);
        var skill = Skill.Fold(stream.Select(e => e.Event));
        // Somebody got as far as the ledger and was killed before the job was closed.
        await jobs.CloseAsync(tenant, [.. leased.Where(j => skill.ClosedJobs.ContainsKey(j.Job.Id)).Select(j => Closed(j, skill))], time.GetUtcNow(), ct);

        var running = leased.Where(j => !skill.ClosedJobs.ContainsKey(j.Job.Id)).Select(j => judgement.JudgeAsync(tenant, skill, stream, j, ct)).ToList();
        while (running.Count > 0)
        {
            // Who is quick waits for others that are, to be one transaction, and not for one that takes its time.
            await Task.WhenAny(running);
            await Task.WhenAny(Task.WhenAll(running), Task.Delay(limits.Together, time, ct));
            var ready = running.FindAll(r => r.IsCompleted);
            running.RemoveAll(ready.Contains);
            await TakeAsync(tenant, skillId, await Task.WhenAll(ready), ct);
        }
    }

    private async Task TakeAsync(string tenant, string skillId, IReadOnlyList<Judged> judged, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        foreach (var asked in judged.Where(j => j.AwaitsAnswerUntil is not null))
            await jobs.DeferAsync(tenant, asked.Job, awaitsAnswer: true, asked.AwaitsAnswerUntil!.Value, asked.Problem, now, ct: ct);
        await jobs.CloseAsync(tenant, [.. judged.Where(j => j.IsSuperseded).Select(j => new ClosedJob(j.Job.Job.Id, j.Job.Lease, null, j.Problem) { IsSuperseded = true })], now, ct);
        foreach (var late in judged.Where(j => j is { Verdict: null, AwaitsAnswerUntil: null, IsSuperseded: false }))
        {
            logger.LogWarning("Validator {Validator} is tried again: {Problem}", late.Job.Job.Validator.Name, late.Problem);
            await PauseAsync(tenant, late.Job, late.Problem, late.IsFailure, ct);
        }
        IReadOnlyList<Judged> given = [.. judged.Where(j => j.Verdict is not null)];
        if (await RecordAsync(tenant, skillId, given, ct)) return;
        foreach (var (job, _, _) in given) await PauseAsync(tenant, job, Contended, isFailure: false, ct);
    }

    /// <summary>Puts verdicts on record, with what follows from them, and closes their jobs.</summary>
    /// <returns>False where others kept writing to the skill, and nothing is on record.</returns>
    public async Task<bool> RecordAsync(string tenant, string skillId, IReadOnlyList<Judged> judged, CancellationToken ct)
    {
        if (judged.Count == 0) return true;
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
        if (outcome is not WriteOutcome.Written) return false;
        await jobs.CloseAsync(tenant, [.. judged.Select(j => new ClosedJob(
            j.Job.Job.Id, j.Job.Lease, refused.ContainsKey(j.Job.Job.Id) ? null : j.Verdict!.Verdict, refused.GetValueOrDefault(j.Job.Job.Id, j.Problem)))], time.GetUtcNow(), ct);
        return true;
    }

    // It was no failure of a validator's. Those that are done have no lease any more, and are left alone.
    private async Task GiveBackAsync(string tenant, IReadOnlyList<LeasedJob> leased, bool atOnce)
    {
        try
        {
            var now = time.GetUtcNow();
            foreach (var job in leased)
                await jobs.DeferAsync(tenant, job, awaitsAnswer: false, atOnce ? now : now + limits.PauseAfter(job.Job.Id, job.Attempts), job.Problem, now, ct: CancellationToken.None);
        }
        catch (NpgsqlException)
        {
            // Then their leases run out.
            logger.LogWarning("Leases of {Count} jobs could not be given back", leased.Count);
        }
    }

    private Task PauseAsync(string tenant, LeasedJob job, string problem, bool isFailure, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var next = now + limits.PauseAfter(job.Job.Id, job.Attempts);
        // At its deadline a job is looked at in any case.
        if (next > job.Deadline && now < job.Deadline) next = job.Deadline;
        return jobs.DeferAsync(tenant, job, awaitsAnswer: false, next, problem, now, isFailure, ct);
    }

    private static ClosedJob Closed(LeasedJob job, Skill skill) =>
        new(job.Job.Id, job.Lease, skill.ClosedJobs[job.Job.Id].Verdict);

    private static SkillCommand.CompleteValidation Completion(ValidationJob job, ValidationVerdict verdict) => new(
        job.Id, job.Version, job.Validator.Name, job.Validator.Version, job.Validator.RulesetDigest,
        verdict.Verdict, verdict.Metrics, verdict.ReportOf(job.Validator, job.PackageDigest).Digest())
    {
        Reason = verdict.Reason,
        Evidence = job.Evidence.Length > 0 ? EvidenceCut.Read(job.Evidence) : null,
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
