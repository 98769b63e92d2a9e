using System.Text.Json;
using MediatR;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation;
using Pipeline.Domain.Validation.Jobs;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.LedgerApi;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.RunValidation;

/// <summary>Runs all validators on one version now, for somebody who waits for it.</summary>
/// <param name="Version">Null: the one that is served, else the one that stands.</param>
/// <param name="Record">Whether the verdicts go on record, as those of the version's jobs. One that is on record already stays as it is.</param>
public sealed record ValidateVersion(string IdOrName, int? Version, bool Record) : IRequest<ValidatedVersion>;

/// <param name="Code">Of what is in the way: <c>skill-unknown</c> or <c>version-unknown</c>; null where nothing is.</param>
/// <param name="Verdicts">In the order of the validators' names.</param>
public sealed record ValidatedVersion(string? Code, string Skill, int Version, string Digest, IReadOnlyList<GivenVerdict> Verdicts);

/// <param name="Report">Null where there is none: the validator broke down or hung, or somebody else is at it.</param>
/// <param name="Problem">Why; empty else.</param>
public sealed record GivenVerdict(Validator Validator, ValidationReport? Report, string Problem);

public sealed class ValidateVersionHandler(
    SkillViews views, EventStore store, LedgerWriter ledger, ValidatorRegistry validators, ValidationRequests requests, ValidationJobs jobs, JobRunner runner, JobJudgement judgement, JobLimits limits, TimeProvider time)
    : IRequestHandler<ValidateVersion, ValidatedVersion>
{
    private const string Tenant = EventContext.DefaultTenant;

    public async Task<ValidatedVersion> Handle(ValidateVersion request, CancellationToken ct)
    {
        if ((await views.FindAsync(request.IdOrName, ct)).Value is not { } found) return new("skill-unknown", request.IdOrName, 0, "", []);
        var stream = await StreamAsync(found.SkillId, ct);
        var skill = Skill.Fold(stream.Select(e => e.Event));
        if ((request.Version is { } number ? skill.Version(number) : skill.AtLatest ?? skill.Current) is not { } version)
            return new("version-unknown", skill.Id, skill.Versions.Count, "", []);
        var given = request.Record ? await RecordAsync(skill, version, ct) : await Task.WhenAll(validators.Local.Select(v => JudgeAsync(skill, stream, version, v, ct)));
        return new(null, skill.Id, version.Number, version.PackageDigest, given);
    }

    private async Task<GivenVerdict> JudgeAsync(Skill skill, IReadOnlyList<RecordedEvent> stream, SkillVersion version, Validator validator, CancellationToken ct)
    {
        var evidence = validators.EvidenceFor(validator, EvidenceCut.TextOf(await SkillEvidence.CutsAsync(ledger.Reader(Tenant, ct), skill)));
        var job = new LeasedJob(ValidationJob.Of(Tenant, skill.Id, version, validator, evidence), 1, Guid.Empty, DateTimeOffset.MaxValue, "");
        var judged = await judgement.JudgeAsync(Tenant, skill, stream, job, ct);
        return new(validator, judged.Verdict?.ReportOf(validator, version.PackageDigest), judged.Problem);
    }

    private async Task<IReadOnlyList<GivenVerdict>> RecordAsync(Skill skill, SkillVersion version, CancellationToken ct)
    {
        await requests.RequestAsync(Tenant, skill.Id, [version.Number], "by hand", again: true, sends: false, ct);
        // Of several the last: those before it were kept from judging, or judged by other evidence.
        var asked = (await jobs.OfSkillAsync(Tenant, skill.Id, ct)).Where(j => j.Job.PackageDigest == version.PackageDigest && validators.Find(j.Job.Validator) is not null)
            .GroupBy(j => j.Job.Validator).Select(j => j.MaxBy(same => same.CreatedAt)!).ToList();
        var now = time.GetUtcNow();
        await runner.RunAsync(Tenant, await jobs.LeaseAsync(Tenant, [.. asked.Select(j => j.Job.Id)], now, now + limits.Lease, ct), ct);

        var said = (await StreamAsync(skill.Id, ct)).Select(e => e.Event).OfType<SkillEvent.ValidationCompleted>().GroupBy(e => e.Job, StringComparer.Ordinal)
            .ToDictionary(e => e.Key, e => e.Last(), StringComparer.Ordinal);
        var given = new List<GivenVerdict>();
        foreach (var job in asked.OrderBy(j => j.Job.Validator.Name, StringComparer.Ordinal))
        {
            var bytes = said.TryGetValue(job.Job.Id, out var completed) ? await store.ReadContentAsync(completed.ReportDigest, ct) : null;
            given.Add(new(job.Job.Validator, bytes is null ? null : ReportOf(job.Job, completed!, bytes), bytes is null ? "its job is not done yet" : ""));
        }
        return given;
    }

    private static ValidationReport ReportOf(ValidationJob job, SkillEvent.ValidationCompleted completed, byte[] bytes)
    {
        var report = JsonElement.Parse(bytes);
        return new(job.Validator, job.PackageDigest, completed.Verdict, completed.Metrics,
            report.GetProperty("findings").Deserialize<IReadOnlyList<ValidationFinding>>(LedgerJson.Options) ?? [], report.GetProperty("omitted").GetInt32());
    }

    private Task<IReadOnlyList<RecordedEvent>> StreamAsync(string skillId, CancellationToken ct) => store.ReadStreamAsync(Tenant, Streams.Of(Streams.Skill, skillId), ct: ct);
}
