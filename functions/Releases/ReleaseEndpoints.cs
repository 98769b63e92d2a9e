using System.Text.RegularExpressions;
using MediatR;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Releases;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.IngestEvents;
using Pipeline.Functions.LedgerApi;
using Pipeline.Infra.Releases;

namespace Pipeline.Functions.Releases;

/// <summary>Releases of skills: what a manifest would change, its application, what stood before, and the way back (docs/releases.md).</summary>
internal static partial class ReleaseEndpoints
{
    /// <summary>Which stage this deployment is; without it any stage may be released on.</summary>
    public const string StageSetting = "Pipeline:Stage";

    private const string Manifest = "application/yaml";

    public static IServiceCollection AddReleases(this IServiceCollection services) => services.AddSingleton<ReleaseDecisions>().AddSingleton<StageReading>();

    public static void MapReleases(this RouteGroupBuilder api)
    {
        var stage = api.MapGroup("/releases/{stage}").WithTags("releases");
        stage.MapGet("/", HistoryAsync).WithName("ShowReleases").WithSummary("What stands on a stage, where the ledger is otherwise, and every release that stood there, the newest first.").Needs(Role.Reader);
        stage.MapPost("/plan", PlanAsync).WithName("PlanRelease").Accepts<string>(Manifest).WithSummary("What a manifest would change, and why it would be refused; with ?to=ID what going back to that release would. Changes nothing.").Needs(Role.Auditor);
        stage.MapPost("/apply", ApplyAsync).WithName("ApplyRelease").Accepts<string>(Manifest).WithSummary("Pins aliases as a manifest says: all of it, or nothing.").Needs(Role.Admin);
        stage.MapPost("/rollback", RollBackAsync).WithName("RollBackRelease").WithSummary("Goes back to a release that stood on this stage.").Needs(Role.Admin);
    }

    private static async Task<IResult> HistoryAsync(string stage, IConfiguration settings, LedgerWriter ledger, StageReading reading, CancellationToken ct)
    {
        if (WhyNot(stage, settings) is { } refused) return refused;
        var read = ledger.Reader(EventContext.DefaultTenant, ct);
        var release = await read.FoldAsync(ReleaseDecisions.StreamOf(stage), Release.None, Release.Evolve);
        var skills = new Dictionary<string, Skill>(StringComparer.Ordinal);
        foreach (var id in (release.State.Current?.Pins ?? []).Select(p => p.SkillId).Distinct(StringComparer.Ordinal))
            skills[id] = (await read.FoldAsync(Streams.Of(Streams.Skill, id), Skill.None, Skill.Evolve)).State;
        return Results.Ok(new StageView(
            stage, release.State.Current?.Id, release.Version, await reading.DriftAsync(stage, release.State.Current, skills, ct), [.. (await reading.HistoryAsync(stage, ct)).Reverse()]));
    }

    private static async Task<IResult> PlanAsync(
        string stage, HttpRequest request, IConfiguration settings, LedgerWriter ledger, ReleaseDecisions decisions, StageReading reading, CancellationToken ct, string? to = null)
    {
        if (WhyNot(stage, settings) is { } refused) return refused;
        var (wanted, unusable) = to is not null ? (new WantedRelease.Earlier(to), null) : await WantedAsync(request, decisions, ct);
        if (unusable is not null) return unusable;
        var command = new RunRelease(stage, wanted!, "", "", "", null, "");
        var decided = await decisions.DecideAsync(ledger.Reader(EventContext.DefaultTenant, ct), stage, wanted!, command.Command);
        if (decided.Plan is null && decided.Decision is Decision.Refused none) return Problems.Result(RunReleaseHandler.StatusOf(none.Code), none.Code, none.Message);
        var history = await reading.HistoryAsync(stage, ct);
        return Results.Ok(RunReleaseHandler.ViewOf(decided, stage, history.Count > 0 ? history[^1] : null) with
        {
            StreamVersion = decided.Release.Version,
            Events = [],
            Drift = await reading.DriftAsync(stage, decided.Release.State.Current, decided.Skills, ct),
            Refused = decided.Decision is Decision.Refused why ? new(why.Code, why.Message) : null,
        });
    }

    private static async Task<IResult> ApplyAsync(
        string stage, HttpContext http, IConfiguration settings, ReleaseDecisions decisions, IMediator mediator, CancellationToken ct, string? commit = null, string? deployment = null)
    {
        if (WhyNot(stage, settings) is { } refused) return refused;
        var (wanted, unusable) = await WantedAsync(http.Request, decisions, ct);
        return unusable ?? await RunAsync(http, mediator, (ifMatch, key) => new(stage, wanted!, commit ?? "", deployment ?? "", "", ifMatch, key));
    }

    private static async Task<IResult> RollBackAsync(string stage, ReleaseRollBackBody body, HttpContext http, IConfiguration settings, IMediator mediator)
    {
        if (WhyNot(stage, settings) is { } refused) return refused;
        return await RunAsync(http, mediator, (ifMatch, key) =>
            new(stage, new WantedRelease.Earlier(body.To), body.Commit ?? "", body.Deployment ?? "", body.Reason ?? "", ifMatch, key));
    }

    private static async Task<IResult> RunAsync(HttpContext http, IMediator mediator, Func<long?, string, RunRelease> request)
    {
        if (!SkillCommandEndpoints.TryReadIfMatch(http, out var ifMatch))
            return Problems.Result(StatusCodes.Status400BadRequest, "if-match", "If-Match is the stage's streamVersion in double quotes, e.g. \"5\"");
        return await mediator.Send(request(ifMatch, http.Request.Headers["Idempotency-Key"].ToString()), http.RequestAborted) switch
        {
            ReleaseOutcome.Done done => Results.Ok(done.View),
            ReleaseOutcome.Refused { Code: "release-moved" } refused when ifMatch is not null => Problems.Result(StatusCodes.Status412PreconditionFailed, refused.Code, refused.Message),
            ReleaseOutcome.Refused refused => Problems.Result(refused.Status, refused.Code, refused.Message),
            var outcome => throw new InvalidOperationException($"no answer for {outcome}"),
        };
    }

    private static async Task<(WantedRelease? Wanted, IResult? Unusable)> WantedAsync(HttpRequest request, ReleaseDecisions decisions, CancellationToken ct)
    {
        try
        {
            if (await RequestBody.ReadAsync(request, ct) is not { } body) throw new ReleaseFileException($"it is longer than {ReleaseFile.LongestFile} bytes");
            return (await decisions.ResolveAsync(ReleaseFile.Parse(body), ct), null);
        }
        catch (ReleaseFileException e)
        {
            return (null, Problems.Result(StatusCodes.Status400BadRequest, "release-unusable", e.Message));
        }
    }

    // A manifest of one stage must not get onto another, because somebody forgot which server they talk to.
    private static IResult? WhyNot(string stage, IConfiguration settings) =>
        !StageName().IsMatch(stage)
            ? Problems.Result(StatusCodes.Status400BadRequest, "stage", "a stage is named by at most 64 letters, digits, hyphens, underscores, dots and parentheses, the first a letter or digit")
        : settings[StageSetting] is { Length: > 0 } own && own != stage
            ? Problems.Result(StatusCodes.Status409Conflict, "stage-differs", $"this deployment is the stage '{own}', not '{stage}'; check which server you talk to, and --stage")
        : null;

    // What azd lets an environment be named, which is a stage here.
    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._()-]{0,63}\z", RegexOptions.NonBacktracking)]
    private static partial Regex StageName();
}

/// <param name="To">The release's id, or its first digits.</param>
internal sealed record ReleaseRollBackBody(string To, string? Reason, string? Commit, string? Deployment);
