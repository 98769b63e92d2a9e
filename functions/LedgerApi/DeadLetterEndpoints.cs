using Pipeline.Domain.Ledger;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Queue;

namespace Pipeline.Functions.LedgerApi;

internal static class DeadLetterEndpoints
{
    public static void MapDeadLetters(this RouteGroupBuilder api)
    {
        var letters = api.MapGroup("/dead-letters").WithTags("dead letters").Needs(Role.Admin);
        letters.MapGet("/", ListAsync).WithName("ListDeadLetters").WithSummary("Messages that could not be handled, with their reasons.");
        letters.MapGet("/{id:long}", ShowAsync).WithName("ShowDeadLetter");
        letters.MapPost("/{id:long}/retry", RetryAsync).WithName("RetryDeadLetter").WithSummary("Puts it back on its queue.");
        letters.MapPost("/{id:long}/discard", DiscardAsync).WithName("DiscardDeadLetter").WithSummary("Gives it up; the record of it stays.");
    }

    private static async Task<IResult> ListAsync(DeadLetters letters, CancellationToken ct, string? queue = null, string? state = "waiting", long after = 0)
    {
        DeadLetterState? wanted = state switch
        {
            "waiting" => DeadLetterState.Waiting,
            "retried" => DeadLetterState.Retried,
            "discarded" => DeadLetterState.Discarded,
            _ => null,
        };
        if (wanted is null && state is not (null or "" or "all"))
            return Problems.Result(StatusCodes.Status400BadRequest, "state", "state is waiting, retried, discarded or all");
        var found = await letters.ListAsync(EventContext.DefaultTenant, queue ?? "", wanted, after, cancellationToken: ct);
        return Results.Ok(new { DeadLetters = found });
    }

    private static async Task<IResult> ShowAsync(long id, DeadLetters letters, CancellationToken ct) =>
        await letters.GetAsync(EventContext.DefaultTenant, id, ct) is { } found ? Results.Ok(found.Letter) : NotFound(id);

    private static async Task<IResult> RetryAsync(long id, DeadLetters letters, CancellationToken ct) =>
        Answer(id, await letters.RetryAsync(EventContext.DefaultTenant, id, ct));

    private static async Task<IResult> DiscardAsync(long id, DeadLetters letters, CancellationToken ct) =>
        Answer(id, await letters.DiscardAsync(EventContext.DefaultTenant, id, ct));

    private static IResult Answer(long id, DeadLetterOutcome outcome) => outcome switch
    {
        DeadLetterOutcome.Done => Results.Ok(new { id, outcome }),
        DeadLetterOutcome.NotFound => NotFound(id),
        DeadLetterOutcome.AlreadyRetried => Problems.Result(StatusCodes.Status409Conflict, "already-retried", $"dead letter {id} was retried before"),
        _ => Problems.Result(StatusCodes.Status409Conflict, "already-discarded", $"dead letter {id} was discarded before"),
    };

    private static IResult NotFound(long id) =>
        Problems.Result(StatusCodes.Status404NotFound, "dead-letter-unknown", $"there is no dead letter {id}; `dead-letter list` shows those there are");
}
