using System.Text.Json;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.LedgerApi;

namespace Pipeline.Functions.Reruns;

internal static class RerunEndpoints
{
    private const string Lines = "application/x-ndjson";

    public static void MapReruns(this RouteGroupBuilder api) =>
        api.MapGet("/rederivation", RederiveAsync).WithName("Rederive").WithTags("audit").Produces(StatusCodes.Status200OK, contentType: Lines)
            .WithSummary("Curation run again over its recorded inputs and compared with the decisions on record: a JSON document a line, as they come.");

    private static async Task<IResult> RederiveAsync(LedgerRerun reruns, SkillViews views, HttpContext context, CancellationToken ct, string? skill = null, string? family = null)
    {
        if (skill is not null)
        {
            if ((await views.FindAsync(skill, ct)).Value is not { } found) return SkillEndpoints.NotFound(skill);
            if (found.FamilyId.Length == 0)
                return Problems.Result(StatusCodes.Status409Conflict, "skill-imported", $"skill {found.SkillId} was written elsewhere: no decision made it, so none can be made again");
            family = found.FamilyId;
        }
        var run = await reruns.RederiveAsync(EventContext.DefaultTenant, family, ct);
        if (family is not null && run.Total == 0)
            return Problems.Result(StatusCodes.Status404NotFound, "family-undecided", $"no decision is on record for a family '{family}'; `skill list` shows the families that have skills");
        return Answer(context, new { run.Leaves, run.Total }, run.Decisions, ct);
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
