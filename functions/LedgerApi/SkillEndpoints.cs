using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Functions.LedgerApi;

internal static class SkillEndpoints
{
    private const int MostListed = 500;

    /// <summary>They may be asked for before anything has them.</summary>
    private static readonly string[] UsualAliases = [ServedSkill.Latest, AliasRules.Canary, AliasRules.Production];

    public static void MapSkills(this RouteGroupBuilder api)
    {
        var skills = api.MapGroup("/skills").WithTags("skills").Needs(Role.Reader);
        skills.MapGet("/", ListAsync).WithName("ListSkills").WithSummary("Lists skills, oldest first.");
        skills.MapGet("/{id}", ShowAsync).WithName("ShowSkill").WithSummary("One skill, by id or by name, with the text of what is served.");
        skills.MapGet("/{id}/versions", VersionsAsync).WithName("ListVersions").WithSummary("All versions of a skill, newest first.");
        skills.MapGet("/{id}/versions/{number:int}", VersionAsync).WithName("ShowVersion").WithSummary("One version with its SKILL.md.");
        foreach (var (route, name) in new[] { ("package.zip", "DownloadPackage"), ("package", "DownloadPackageByItsOldName") })
        {
            skills.MapGet($"/{{id}}/versions/{{number:int}}/{route}", (string id, int number, HttpContext context, PackageDownload download) => download.AnswerAsync(id, number, context))
                .WithName(name).WithSummary("The package of a version as a zip, with its digest.");
        }
        skills.MapGet("/{id}/package.zip", (string id, HttpContext context, PackageDownload download, string? alias = null, [FromHeader(Name = CallerKey.Header)] string? caller = null) =>
                download.AnswerAsync(id, alias ?? ServedSkill.Latest, caller, context))
            .WithName("DownloadServedPackage").WithSummary("The package of the version that an alias serves, as a zip.");
        skills.MapGet("/{id}/history", HistoryAsync).WithName("SkillHistory").WithSummary("The events of a skill's stream.").Needs(Role.Auditor);
        skills.MapGet("/{id}/decisions", DecisionsAsync).WithName("SkillDecisions")
            .WithSummary("What was decided about the skill's family and why, with what a language model was asked for it.").Needs(Role.Auditor);
        skills.MapGet("/{id}/replay", ReplayAsync).WithName("ReplaySkill").WithSummary("A version rebuilt from events, its digest checked.").Needs(Role.Auditor);
    }

    internal static IResult NotFound(string id) =>
        Problems.Result(StatusCodes.Status404NotFound, "skill-unknown", $"there is no skill '{id}'; `skill list` shows those there are");

    private static async Task<IResult> ListAsync(SkillQueries queries, CancellationToken ct, string? status = null, string? environment = null, string? family = null, string? alias = null, int limit = 100, string? cursor = null,
        [FromHeader(Name = CallerKey.Header)] string? caller = null)
    {
        Lifecycle? lifecycle = status switch
        {
            null or "active" => Lifecycle.Active,
            "retired" => Lifecycle.Retired,
            "absorbed" => Lifecycle.Absorbed,
            _ => null,
        };
        if (lifecycle is null && status != "all") return Problems.Result(StatusCodes.Status400BadRequest, "status", "status is active, retired, absorbed or all");
        if (!Cursor.TryRead(cursor, out var after)) return Cursor.Refused;
        if (!CallerKey.TryRead(caller, out var key)) return CallerKey.Refused;
        var asked = alias ?? ServedSkill.Latest;
        var page = await queries.ListAsync(
            EventContext.DefaultTenant, new(lifecycle, environment ?? "", family ?? "") { Alias = asked, Caller = key }, after, Math.Clamp(limit, 1, MostListed), ct);
        if (page.Items.Count == 0 && cursor is null && page.Next is null && await UnknownAsync(queries, environment ?? "", asked, ct) is { } unknown) return unknown;
        return Results.Ok(new { page.Leaf, Next = Cursor.Write(page.Next), Alias = asked, Skills = page.Items.Select(SkillViews.Of) });
    }

    /// <summary>Where an alias serves no version of a skill.</summary>
    internal static IResult NotServed(ServedSkill none, string alias) => Problems.Result(
        StatusCodes.Status404NotFound, "not-served",
        none.Skill.Status != Lifecycle.Active ? $"{none.Skill.Name} is {none.Skill.Status.ToString().ToLowerInvariant()} and not served any more"
        : none.Skill.Shares.ContainsKey(alias) && none.Skill.Aliases.ContainsKey(alias) ? $"{alias} of {none.Skill.Name} is only for a share of the callers, and there is nothing to serve to the others; {CallerKey.Header} says who asks"
        : none.Skill.Aliases.ContainsKey(alias) ? $"what {alias} of {none.Skill.Name} names may not be served"
        : $"{none.Skill.Name} has no alias {alias}; it has {(none.Skill.Aliases.Count > 0 ? string.Join(", ", none.Skill.Aliases.Keys.Order(StringComparer.Ordinal)) : "none")}");

    // Who follows a list would take an empty one for the truth, and throw away what it has.
    private static async Task<IResult?> UnknownAsync(SkillQueries queries, string environment, string alias, CancellationToken ct)
    {
        var known = await queries.KnownAsync(EventContext.DefaultTenant, environment, UsualAliases.Contains(alias) ? "" : alias, ct);
        return !known.Environment ? Problems.Result(StatusCodes.Status404NotFound, "environment-unknown", $"no skill is of the environment '{environment}'; `skill list` shows which there are")
            : !known.Alias ? Problems.Result(StatusCodes.Status404NotFound, "alias-unknown", $"no skill has an alias '{alias}'; `alias list SKILL` shows those of a skill")
            : null;
    }

    private static async Task<IResult> ShowAsync(
        string id, SkillViews views, SkillUse use, CancellationToken ct, string? alias = null, [FromHeader(Name = CallerKey.Header)] string? caller = null)
    {
        if (!CallerKey.TryRead(caller, out var key)) return CallerKey.Refused;
        var found = await views.FindAsync(id, ct);
        if (found.Value is not { } skill) return NotFound(id);
        var versions = await views.VersionsAsync(skill.SkillId, ct);
        var served = ServedSkill.Of(skill, versions, alias ?? ServedSkill.Latest, key);
        if (alias is not null && (served.Version is null || skill.Status != Lifecycle.Active)) return NotServed(served, alias);
        var shown = served.Version ?? versions.FirstOrDefault(v => v.Version == skill.CurrentVersion);
        var stream = await views.StreamAsync(skill.SkillId, ct);
        return Results.Ok(new
        {
            found.Leaf,
            Alias = alias ?? ServedSkill.Latest,
            Skill = SkillViews.Of(served) with { StreamVersion = stream[^1].Version },
            Trust = TrustView.Of(stream, alias is null ? null : shown?.Version),
            Text = shown is null ? "" : await views.TextAsync(shown.Manifest, ct),
            Files = shown?.Manifest.Files ?? [],
            Withheld = shown is null ? [] : await views.WithheldAsync(shown, ct),
            Use = await use.OfAsync(skill, ct),
        });
    }

    private static async Task<IResult> VersionsAsync(string id, SkillViews views, CancellationToken ct)
    {
        var found = await views.FindAsync(id, ct);
        if (found.Value is not { } skill) return NotFound(id);
        return Results.Ok(new { found.Leaf, Versions = (await views.VersionsAsync(skill.SkillId, ct)).Reverse().Select(SkillViews.Of) });
    }

    private static async Task<IResult> VersionAsync(string id, int number, SkillViews views, CancellationToken ct)
    {
        var found = await views.FindAsync(id, ct);
        if (found.Value is not { } skill) return NotFound(id);
        return (await views.VersionsAsync(skill.SkillId, ct)).FirstOrDefault(v => v.Version == number) is { } version
            ? Results.Ok(new { found.Leaf, Version = SkillViews.Of(version), Trust = TrustView.Of(await views.StreamAsync(skill.SkillId, ct), number), Text = await views.TextAsync(version.Manifest, ct), version.Manifest.Files, Withheld = await views.WithheldAsync(version, ct) })
            : NoVersion(skill, number);
    }

    private static async Task<IResult> HistoryAsync(string id, SkillViews views, EventStore store, CancellationToken ct)
    {
        var found = await views.FindAsync(id, ct);
        if (found.Value is not { } skill) return NotFound(id);
        return Results.Ok(new { found.Leaf, Events = await EventsAsync(store, Streams.Of(Streams.Skill, skill.SkillId), _ => true, ct) });
    }

    private static async Task<IResult> DecisionsAsync(string id, SkillViews views, EventStore store, CancellationToken ct)
    {
        var found = await views.FindAsync(id, ct);
        if (found.Value is not { } skill) return NotFound(id);
        return Results.Ok(new
        {
            found.Leaf,
            Events = await EventsAsync(store, Streams.Of(Streams.Family, skill.FamilyId), e => e is FamilyEvent.CurationDecided or FamilyEvent.ModelConsulted or FamilyEvent.VariantAccepted, ct),
        });
    }

    private static async Task<IEnumerable<object>> EventsAsync(EventStore store, string streamId, Func<ILedgerEvent, bool> among, CancellationToken ct) =>
        (await store.ReadStreamAsync(EventContext.DefaultTenant, streamId, sealedOnly: true, ct: ct)).Where(e => among(e.Event)).Select(e => new
        {
            e.Leaf,
            e.Version,
            Type = e.Alias,
            Summary = EventSummary.Of(e.Event),
            Why = EventSummary.Why(e.Event),
            At = e.Context.RecordedAt,
            Actor = e.Context.Actor.ToString(),
            e.Context.DecidedBy,
            Causation = e.Context.CausationId,
            Correlation = e.Context.CorrelationId,
            Data = JsonNode.Parse(EventCatalogue.Write(e.Event)),
        });

    private static async Task<IResult> ReplayAsync(string id, SkillReplay replay, CancellationToken ct, int? version = null, string? asOf = null) =>
        await replay.RunAsync(id, version, asOf, ct) switch
        {
            ReplayOutcome.Replayed replayed => Results.Ok(replayed.View),
            ReplayOutcome.NotThere gone => Problems.Result(StatusCodes.Status404NotFound, gone.Code, gone.Message),
            ReplayOutcome.BadQuestion bad => Problems.Result(StatusCodes.Status400BadRequest, bad.Code, bad.Message),
            var other => throw new InvalidOperationException($"no answer for {other}"),
        };

    internal static IResult NoVersion(CataloguedSkill skill, int number) => Problems.Result(
        StatusCodes.Status404NotFound, "version-unknown", $"skill {skill.SkillId} has versions 1 to {skill.Versions}, not {number}");
}
