using System.Text.Json.Nodes;
using MediatR;
using Microsoft.OpenApi;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.IngestEvents;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Queue;

namespace Pipeline.Functions.LedgerApi;

internal static class EventEndpoints
{
    private const int MostStates = 1000;

    public static void MapEvents(this RouteGroupBuilder api)
    {
        api.MapPost("/events", IngestAsync).WithName("IngestEvents").WithTags("events")
            .WithSummary("Takes in CloudEvents 1.0: structured, batched or binary mode.")
            // Said to the document only: binary mode may have data of any type, and what cannot be read gets a reason of its own.
            .AddOpenApiOperationTransformer((operation, _, _) =>
            {
                operation.RequestBody = new OpenApiRequestBody
                {
                    Required = true,
                    Content = ((string[])[CloudEvents.StructuredMediaType, CloudEvents.BatchMediaType, "application/json"])
                        .ToDictionary(type => type, _ => new OpenApiMediaType()),
                };
                return Task.CompletedTask;
            })
            .Produces<JsonObject>(StatusCodes.Status202Accepted)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status413PayloadTooLarge)
            .Needs(Role.Emitter);
        api.MapPost("/events/state", StateAsync).WithName("EventStates").WithTags("events").WithSummary("What became of events.").Needs(Role.Emitter, Role.Auditor);
    }

    // On Azure the host calls IngestEvents itself and sends its outputs; here both are done in one place.
    private static async Task<IResult> IngestAsync(HttpContext context, IMediator mediator, PostgresQueue queue, CancellationToken ct)
    {
        if (await RequestBody.ReadAsync(context.Request, ct) is not { } body)
            return Problems.Result(StatusCodes.Status413PayloadTooLarge, RequestBody.TooLarge, $"the body has more than {RequestBody.LargestBytes} bytes; send fewer events at a time");
        var headers = context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var completion = await mediator.Send(new IngestEventsRequest(new("POST", headers, body)), ct);
        if (completion is not Completion.Done { Answer: { } answer } done) throw new InvalidOperationException("ingestion always answers");
        if (done.Outputs.Count > 0) await queue.EnqueueAsync([.. QueuedOutputs.Of(done.Outputs)], ct);
        return Results.Text(answer.Body.ToJsonString(LedgerJson.Options), answer.ContentType, statusCode: answer.Status);
    }

    private static async Task<IResult> StateAsync(EventStateQuery query, EventStates states, CancellationToken ct)
    {
        if (query.Events.Contains(null!)) return Problems.Unreadable();
        if (query.Events.Count > MostStates)
            return Problems.Result(StatusCodes.Status400BadRequest, "too-many", $"at most {MostStates} events are looked up at a time");
        var found = await states.FindAsync(EventContext.DefaultTenant, [.. query.Events.Select(e => new InboxKey(e.Source, e.Id))], ct);
        return Results.Ok(new { events = found.Select(s => new { s.Source, s.Id, s.State, Message = s.Message.Length > 0 ? s.Message : null }) });
    }
}

internal sealed record EventStateQuery(IReadOnlyList<EventName> Events);

internal sealed record EventName(string Source, string Id);
