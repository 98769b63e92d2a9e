using Pipeline.Domain.Ledger;
using Pipeline.Functions.CurateFamily;

namespace Pipeline.Functions.LedgerApi;

internal static class GapEndpoints
{
    // Each row reads the runs behind it.
    private const int MostListed = 50;

    public static void MapGaps(this RouteGroupBuilder api) =>
        api.MapGet("/gaps", ListAsync).WithName("ListGaps").WithTags("gaps")
            .WithSummary("Families with failures and too few successes for a skill, with how they fail, oldest family first.").Needs(Role.Reader);

    private static async Task<IResult> ListAsync(FamilyGaps gaps, CancellationToken ct, string? environment = null, int limit = 20, string? cursor = null)
    {
        if (!Cursor.TryRead(cursor, out var after)) return Cursor.Refused;
        var page = await gaps.ListAsync(EventContext.DefaultTenant, environment ?? "", after, Math.Clamp(limit, 1, MostListed), ct);
        return Results.Ok(new { page.Leaf, Next = Cursor.Write(page.Next), Gaps = page.Items });
    }
}
