using System.Text.Json.Nodes;
using MediatR;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.RunValidation;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.LedgerApi;

/// <summary>What validators said of a skill's versions, and what they are still asked.</summary>
internal static class ValidationEndpoints
{
    public static void MapValidations(this RouteGroupBuilder api)
    {
        var validations = api.MapGroup("/skills/{id}/validations").WithTags("validation").Needs(Role.Reader);
        validations.MapGet("/", ListAsync).WithName("ListValidations").WithSummary("The validation jobs of a skill, newest version first, with their verdicts.");
        validations.MapPost("/", ValidateAsync).WithName("ValidateVersion").WithSummary("Runs all validators on a version now, and records the verdicts where asked to.").Needs(Role.Admin);
        validations.MapGet("/{job}", ReportAsync).WithName("ShowValidation").WithSummary("The report behind a verdict, with every finding.").Needs(Role.Auditor);
    }

    private static async Task<IResult> ListAsync(string id, SkillViews views, EventStore store, ValidationJobs jobs, ValidatorRegistry validators, CancellationToken ct, int? version = null)
    {
        var found = await views.FindAsync(id, ct);
        if (found.Value is not { } skill) return SkillEndpoints.NotFound(id);
        var verdicts = await VerdictsAsync(store, skill.SkillId, ct);
        var states = await jobs.OfSkillAsync(EventContext.DefaultTenant, skill.SkillId, ct);
        var newest = states.GroupBy(s => (s.Job.PackageDigest, s.Job.Validator)).ToDictionary(s => s.Key, s => s.MaxBy(same => same.CreatedAt)!.Job.Evidence);
        return Results.Ok(new
        {
            found.Leaf,
            Skill = skill.SkillId,
            Validations = states.Where(s => version is null || s.Job.Version == version).Select(s =>
            {
                var said = verdicts.GetValueOrDefault(s.Job.Id);
                return new
                {
                    Job = s.Job.Id,
                    s.Job.Version,
                    s.Job.PackageDigest,
                    Validator = s.Job.Validator.Name,
                    ValidatorVersion = s.Job.Validator.Version,
                    s.Job.Validator.RulesetDigest,
                    // Rules that are no longer today's, or evidence of before.
                    Stale = validators.Find(s.Job.Validator) is null || s.Job.Evidence != newest[(s.Job.PackageDigest, s.Job.Validator)],
                    Evidence = s.Job.Evidence.Length > 0 ? EvidenceCut.Read(s.Job.Evidence) : null,
                    s.State,
                    s.Attempts,
                    s.Deadline,
                    Problem = s.Problem.Length > 0 ? s.Problem : null,
                    Verdict = said?.Verdict ?? s.Verdict,
                    said?.Metrics,
                    said?.ReportDigest,
                    s.UpdatedAt,
                };
            }),
        });
    }

    private static async Task<IResult> ValidateAsync(string id, IMediator mediator, LedgerFollower follower, CancellationToken ct, int? version = null, bool record = false)
    {
        var validated = await mediator.Send(new ValidateVersion(id, version, record), ct);
        if (validated.Code == "skill-unknown") return SkillEndpoints.NotFound(id);
        if (validated.Code is { } code)
            return Problems.Result(StatusCodes.Status404NotFound, code, $"skill {validated.Skill} has versions 1 to {validated.Version}, not {version}");
        if (record) await follower.SettleAsync(ct);
        return Results.Ok(new
        {
            validated.Skill,
            validated.Version,
            validated.Digest,
            Recorded = record,
            Validations = validated.Verdicts.Select(v => new
            {
                Validator = v.Validator.Name,
                ValidatorVersion = v.Validator.Version,
                v.Validator.RulesetDigest,
                v.Report?.Verdict,
                v.Report?.Metrics,
                Findings = v.Report?.Findings ?? [],
                Omitted = v.Report?.Omitted ?? 0,
                Problem = v.Problem.Length > 0 ? v.Problem : null,
            }),
        });
    }

    private static async Task<IResult> ReportAsync(string id, string job, SkillViews views, EventStore store, CancellationToken ct)
    {
        var found = await views.FindAsync(id, ct);
        if (found.Value is not { } skill) return SkillEndpoints.NotFound(id);
        if (!(await VerdictsAsync(store, skill.SkillId, ct)).TryGetValue(job, out var said) || await store.ReadContentAsync(said.ReportDigest, ct) is not { } report)
            return Problems.Result(StatusCodes.Status404NotFound, "report-unknown", $"no validation job {job} of {skill.SkillId} has a report; GET /api/skills/{skill.SkillId}/validations lists the jobs");
        return Results.Ok(new { found.Leaf, Job = job, said.Version, said.ReportDigest, Report = JsonNode.Parse(report) });
    }

    private static async Task<IReadOnlyDictionary<string, SkillEvent.ValidationCompleted>> VerdictsAsync(EventStore store, string skillId, CancellationToken ct) =>
        (await store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Skill, skillId), sealedOnly: true, ct: ct))
            .Select(e => e.Event).OfType<SkillEvent.ValidationCompleted>().GroupBy(e => e.Job, StringComparer.Ordinal)
            // What came too late counts after all, and stands behind what was said for want of it.
            .ToDictionary(e => e.Key, e => e.Last(), StringComparer.Ordinal);
}
