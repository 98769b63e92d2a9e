using Pipeline.Domain.Ledger;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.LedgerApi;
using Pipeline.Infra.Payloads;

namespace Pipeline.Functions.EraseSubject;

internal static class SubjectEndpoints
{
    public static void MapSubjects(this RouteGroupBuilder api) =>
        api.MapPost("/subjects/erase", EraseAsync).WithTags("subjects").WithName("EraseSubject")
            .WithSummary("Erases a data subject for good: its key, its payloads, and what skills say that only its runs said. With dryRun: what that would be.").Needs(Role.Admin);

    private static async Task<IResult> EraseAsync(EraseBody body, SubjectErasure erasure, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(body.Subject)) return Problems.Result(StatusCodes.Status400BadRequest, "subject", "subject names whose data are to be erased: the datasubject of its events, else their source");
        if (string.IsNullOrWhiteSpace(body.Reason)) return Problems.Result(StatusCodes.Status400BadRequest, "reason", "reason says why; it is kept in the ledger, so it names nobody");
        var subject = new DataSubject(EventContext.DefaultTenant, body.Subject);
        if (body.DryRun)
        {
            return await erasure.PlanAsync(subject, body.Reason, Caller.Current.Actor, ct) is { } plan
                ? Results.Ok(new { body.Subject, Erased = false, Runs = plan.Trajectories.Count, Contents = plan.Purge.Count, Revoked = Array.Empty<string>() })
                : Unknown(body.Subject);
        }
        // Whoever asked may go away: what was begun is done.
        return await erasure.EraseAsync(subject, body.Reason, Caller.Current.Actor, CancellationToken.None) is { } erased
            ? Results.Ok(new { erased.Subject, Erased = true, erased.Runs, erased.Contents, erased.Revoked, erased.Pending })
            : Unknown(body.Subject);
    }

    private static IResult Unknown(string subject) => Problems.Result(
        StatusCodes.Status404NotFound, "subject-unknown", $"nothing is on record of a data subject '{subject}'; it is the datasubject of a run's event, else its source");
}

/// <param name="DryRun">Only say what would be erased.</param>
internal sealed record EraseBody(string Subject, string Reason, bool DryRun = false);
