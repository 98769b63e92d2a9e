using Pipeline.Domain.Ledger;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Functions.LedgerApi;

internal static class TrajectoryEndpoints
{
    private const int MostListed = 500;

    public static void MapTrajectories(this RouteGroupBuilder api)
    {
        var trajectories = api.MapGroup("/trajectories").WithTags("trajectories").Needs(Role.Auditor);
        trajectories.MapGet("/", ListAsync).WithName("ListTrajectories").WithSummary("The runs that were taken in, oldest first. What was said in them is not shown.");
        trajectories.MapGet("/{id}", ShowAsync).WithName("ShowTrajectory").WithSummary("The run behind an evidence's trajectoryId: source, id, task, outcome.");
    }

    private static async Task<IResult> ListAsync(TrajectoryQueries queries, CancellationToken ct, string? environment = null, int limit = 100, string? cursor = null)
    {
        if (!Cursor.TryRead(cursor, out var after)) return Cursor.Refused;
        var page = await queries.ListAsync(EventContext.DefaultTenant, environment ?? "", after, Math.Clamp(limit, 1, MostListed), ct);
        return Results.Ok(new { page.Leaf, Next = Cursor.Write(page.Next), Trajectories = page.Items });
    }

    private static async Task<IResult> ShowAsync(string id, TrajectoryQueries queries, CancellationToken ct)
    {
        var found = await queries.FindAsync(EventContext.DefaultTenant, id, ct);
        return found.Value is { } trajectory
            ? Results.Ok(new { found.Leaf, Trajectory = trajectory })
            : Problems.Result(StatusCodes.Status404NotFound, "trajectory-unknown", $"there is no trajectory '{id}'; a skill's history names those behind it");
    }
}
