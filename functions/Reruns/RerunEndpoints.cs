using System.Text.Json;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.LedgerApi;
using Pipeline.Infra.Policies;

namespace Pipeline.Functions.Reruns;

internal static class RerunEndpoints
{
    private const int LongestPolicy = 64 * 1024;
    private const string Lines = "application/x-ndjson";

    public static void MapReruns(this RouteGroupBuilder api)
    {
        api.MapGet("/rederivation", RederiveAsync).WithName("Rederive").WithTags("audit").Produces(StatusCodes.Status200OK, contentType: Lines)
            .WithSummary("Curation run again over its recorded inputs and compared with the decisions on record: a JSON document a line, as they come; with `?after=LEAF` those that come after that leaf.").Needs(Role.Auditor);
        api.MapPost("/whatif", WhatIfAsync).WithName("WhatIf").WithTags("audit").Accepts<string>("application/yaml").Produces(StatusCodes.Status200OK, contentType: Lines)
            .WithSummary("What another policy would have decided over the same history, and the library side by side: a JSON document a line, as they come.").Needs(Role.Auditor);
    }

    private static async Task<IResult> RederiveAsync(LedgerRerun reruns, SkillViews views, HttpContext context, CancellationToken ct, string? skill = null, string? family = null, long after = -1)
    {
        if (skill is not null)
        {
            if ((await views.FindAsync(skill, ct)).Value is not { } found) return SkillEndpoints.NotFound(skill);
            if (found.FamilyId.Length == 0)
                return Problems.Result(StatusCodes.Status409Conflict, "skill-imported", $"skill {found.SkillId} was written elsewhere: no decision made it, so none can be made again");
            family = found.FamilyId;
        }
        var run = await reruns.RederiveAsync(EventContext.DefaultTenant, family, after, ct);
        if (family is not null && run.Total == 0)
            return Problems.Result(StatusCodes.Status404NotFound, "family-undecided", $"no decision is on record for a family '{family}'; `skill list` shows the families that have skills");
        return Answer(context, new { run.Leaves, run.Total, Program = ProgramVersion.Name }, run.Decisions, ct);
    }

    private static async Task<IResult> WhatIfAsync(LedgerRerun reruns, NamedPolicies policies, HttpContext context, CancellationToken ct, string? policy = null)
    {
        ActivePolicy? active;
        try
        {
            active = policy is null ? NamedPolicies.Read(await BodyAsync(context.Request, ct)) : await policies.FindAsync(EventContext.DefaultTenant, policy, ct);
        }
        catch (PolicyFileException e)
        {
            return Problems.Result(StatusCodes.Status400BadRequest, "policy-unusable", e.Message);
        }
        if (active is null)
            return Problems.Result(StatusCodes.Status404NotFound, "policy-unknown", $"no policy '{policy}' is published, and the program comes with {string.Join(", ", NamedPolicies.ShippedIds())}");
        var run = await reruns.WhatIfAsync(EventContext.DefaultTenant, active, ct);
        return Answer(context, new { run.Leaves, run.Total, Policy = active.Reference }, WithLibrary(run), ct);
    }

    private static async IAsyncEnumerable<object> WithLibrary(WhatIfRun run)
    {
        await foreach (var decision in run.Decisions) yield return new { Decision = decision };
        foreach (var inVain in run.WhatIf.InVain) yield return new { inVain };
        foreach (var skill in run.WhatIf.Library) yield return new { skill };
    }

    private static async Task<byte[]> BodyAsync(HttpRequest request, CancellationToken ct)
    {
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, ct);
        return body.Length <= LongestPolicy ? body.ToArray() : throw new PolicyFileException($"it is longer than {LongestPolicy} bytes");
    }

    // Written as it comes: a ledger may have more decisions than an answer should hold, and who waits sees it move.
    private static IResult Answer<T>(HttpContext context, object head, IAsyncEnumerable<T> items, CancellationToken ct) => Results.Stream(
        async body =>
        {
            try
            {
                await WriteAsync(body, head, ct);
                await foreach (var item in items.WithCancellation(ct)) await WriteAsync(body, item, ct);
                await WriteAsync(body, new { Complete = true }, ct);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                // The answer has begun, so it ends without its last line; the message may quote what was sent, so the log gets none.
                context.RequestServices.GetRequiredService<ILogger<LedgerRerun>>().LogError("A run over the history failed: {Problem}\n{Trace}", e.GetType().FullName, e.StackTrace);
            }
        }, Lines);

    private static async Task WriteAsync<T>(Stream body, T value, CancellationToken ct)
    {
        await JsonSerializer.SerializeAsync(body, value, LedgerJson.Options, ct);
        await body.WriteAsync("\n"u8.ToArray(), ct);
        await body.FlushAsync(ct);
    }
}
