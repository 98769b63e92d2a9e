using System.Diagnostics;
using System.Text.Json.Nodes;
using MediatR;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Messages;
using Pipeline.Infra.Queue;

namespace Pipeline.Functions.Hosting;

/// <summary>The custom-handler side of the Functions host's protocol: <c>POST /{function}</c> in, outputs by binding name back.</summary>
public static class HostProtocol
{
    private static readonly string[] s_addedOnTheWay = ["X-Forwarded-For", "X-ARR-LOG-ID", "Forwarded"];

    public static void MapFunctions(this WebApplication app, IReadOnlyList<FunctionFile> functions)
    {
        foreach (var function in functions.Where(f => FunctionTable.All.ContainsKey(f.Name)))
        {
            app.MapPost($"/{function.Name}", (HttpContext context, IMediator mediator, SealedMessages seals, DeadLetters deadLetters, RetryPacing pacing, ILoggerFactory loggers) =>
                InvokeAsync(function, context, mediator, seals, deadLetters, pacing, loggers.CreateLogger(function.Name))).ExcludeFromDescription();
        }
    }

    private static async Task<IResult> InvokeAsync(
        FunctionFile function, HttpContext context, IMediator mediator, SealedMessages seals, DeadLetters deadLetters, RetryPacing pacing, ILogger logger)
    {
        var ct = context.RequestAborted;
        // The host's own calls come straight from it; what came over the platform's front end is somebody's who found the path.
        if (s_addedOnTheWay.Any(context.Request.Headers.ContainsKey)) return Results.NotFound();
        if (await Invocation.ReadAsync(context.Request.Body, ct) is not { } invocation || RequestOf(function, invocation) is not { } request)
            return Problems.Result(StatusCodes.Status400BadRequest, "invocation", "this is no call by the Functions host: {\"Data\":{...},\"Metadata\":{...}} in valid JSON");
        var started = Stopwatch.GetTimestamp();
        Completion completion;
        try
        {
            completion = await mediator.Send(request, ct);
        }
        catch (Exception) when (!ct.IsCancellationRequested)
        {
            // Such as the database being away for a while: that must not use up a message's deliveries.
            await PaceAsync(function, invocation, pacing, ct);
            throw;
        }
        logger.LogDebug("{Function} {Outcome} in {Milliseconds:0.0} ms", function.Name, completion.GetType().Name, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        switch (completion)
        {
            case Completion.Done done:
                return Results.Json(Answer(function, done), LedgerJson.Options);
            case Completion.Poison poison:
                await KeepAsync(function, invocation, poison, seals, deadLetters, ct);
                logger.LogWarning("{Function} kept a message as dead letter: {Code}", function.Name, poison.Code);
                return Results.Json(Answer(function, Completion.Nothing), LedgerJson.Options);
            case Completion.Retry retry:
                logger.LogInformation("{Function} gives its message back: {Reason}", function.Name, retry.Reason);
                await PaceAsync(function, invocation, pacing, ct);
                return Results.StatusCode(StatusCodes.Status503ServiceUnavailable);
            default:
                throw new UnreachableException();
        }
    }

    private static Task PaceAsync(FunctionFile function, Invocation invocation, RetryPacing pacing, CancellationToken ct) =>
        function.Trigger.QueueName is null ? Task.CompletedTask : Task.Delay(pacing.After(invocation.Message(function.Trigger.Name).DeliveryCount), ct);

    private static IRequest<Completion>? RequestOf(FunctionFile function, Invocation invocation)
    {
        try
        {
            return FunctionTable.All[function.Name](invocation);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // A name twice, or half a surrogate pair: both pass the parser, and are found when a value is looked at.
            return null;
        }
    }

    // A handler cannot dead-letter through the host: it keeps the message itself, and succeeds.
    private static async Task KeepAsync(
        FunctionFile function, Invocation invocation, Completion.Poison poison, SealedMessages seals, DeadLetters deadLetters, CancellationToken ct)
    {
        var message = invocation.Message(function.Trigger.Name);
        var kept = await seals.SealAsync(EventContext.DefaultTenant, message.Body, ct);
        await deadLetters.RecordAsync(new()
        {
            Tenant = EventContext.DefaultTenant,
            Queue = function.Trigger.QueueName ?? "",
            MessageId = poison.MessageId.Length > 0 ? poison.MessageId : message.MessageId,
            Source = poison.Source,
            Reason = poison.Code,
            Detail = poison.Detail,
            Body = kept.Body,
            Identity = kept.Identity,
            CorrelationId = message.CorrelationId,
            DeliveryCount = message.DeliveryCount,
        }, ct);
    }

    // An empty or null body would hang the invocation until its timeout, so there is always an object.
    internal static JsonObject Answer(FunctionFile function, Completion.Done done)
    {
        var outputs = new JsonObject();
        foreach (var queue in done.Outputs.GroupBy(o => o.Queue, StringComparer.Ordinal))
        {
            var binding = function.Output(queue.Key)
                ?? throw new InvalidOperationException($"{function.Name} puts messages on {queue.Key}, and its function.json has no such output");
            outputs[binding.Name] = new JsonArray([.. queue.Select(o => (JsonNode)o.Body.DeepClone())]);
        }
        if (done.Answer is { } answer)
        {
            outputs["res"] = new JsonObject
            {
                ["statusCode"] = answer.Status,
                ["headers"] = new JsonObject { ["Content-Type"] = answer.ContentType },
                ["body"] = answer.Body.DeepClone(),
            };
        }
        return new() { ["Outputs"] = outputs, ["Logs"] = new JsonArray(), ["ReturnValue"] = null };
    }
}
