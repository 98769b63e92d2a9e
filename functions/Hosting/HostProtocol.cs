using System.Diagnostics;
using System.Text.Json.Nodes;
using MediatR;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Messages;
using Pipeline.Functions.Telemetry;
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
            app.MapPost($"/{function.Name}", (HttpContext context, IMediator mediator, SealedMessages seals, DeadLetters deadLetters, RetryPacing pacing, CallerIdentification callers, ILoggerFactory loggers) =>
                InvokeAsync(function, context, mediator, seals, deadLetters, pacing, callers, loggers.CreateLogger(function.Name))).ExcludeFromDescription().IsForTheHost();
        }
    }

    private static async Task<IResult> InvokeAsync(
        FunctionFile function, HttpContext context, IMediator mediator, SealedMessages seals, DeadLetters deadLetters, RetryPacing pacing, CallerIdentification callers, ILogger logger)
    {
        var ct = context.RequestAborted;
        // The host's own calls come straight from it; what came over the platform's front end is somebody's who found the path.
        if (s_addedOnTheWay.Any(context.Request.Headers.ContainsKey)) return Results.NotFound();
        if (await Invocation.ReadAsync(context.Request.Body, ct) is not { } invocation || RequestOf(function, invocation) is not { } request)
            return Problems.Result(StatusCodes.Status400BadRequest, "invocation", "this is no call by the Functions host: {\"Data\":{...},\"Metadata\":{...}} in valid JSON");
        using var span = StartSpan(function, invocation, context.Request);
        using var scope = logger.BeginScope(new LoggedCall(function.Name, context.Request.Headers["X-Azure-Functions-InvocationId"].ToString()));
        if (function.Trigger.Type == "httpTrigger" && await WhyNotAsync(invocation.Http(function.Trigger.Name), callers, ct) is { } refusal)
            return Results.Json(Answer(function, new([], refusal)), LedgerJson.Options);
        var started = Stopwatch.GetTimestamp();
        Completion completion;
        try
        {
            completion = await mediator.Send(request, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            span?.SetStatus(ActivityStatusCode.Error).SetTag("error.type", e.GetType().FullName);
            // Such as the database being away for a while: that must not use up a message's deliveries.
            await PaceAsync(function, invocation, pacing, ct);
            throw;
        }
        logger.LogDebug("{Function} {Outcome} in {Milliseconds:0.0} ms", function.Name, completion.GetType().Name, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        span?.SetTag("pipeline.function.outcome", completion.GetType().Name.ToLowerInvariant());
        switch (completion)
        {
            case Completion.Done done:
                return Results.Json(Answer(function, done), LedgerJson.Options);
            case Completion.Poison poison:
                span?.SetTag("error.type", poison.Code);
                Meters.Poisoned(function.Name, poison.Code);
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

    // The host wraps such a request, and its call of ours is not the caller's.
    private static async Task<HttpAnswer?> WhyNotAsync(HttpCall call, CallerIdentification callers, CancellationToken ct)
    {
        IReadOnlyList<Role> needed = [Role.Emitter];
        switch (await callers.ByTokenAsync(call.Headers.GetValueOrDefault("Authorization", ""), ct))
        {
            case Identification.Known known when known.Caller.HasAny(needed):
                return null;
            case Identification.Unknown unknown:
                return new(unknown.Status, Problems.Body(unknown.Status, unknown.Code, unknown.Why), Problems.ContentType) { Challenge = unknown.Challenge };
            default:
                return new(StatusCodes.Status403Forbidden, Problems.Body(StatusCodes.Status403Forbidden, "role-needed", AccessGate.RoleNeeded(needed)), Problems.ContentType) { Challenge = AccessGate.Insufficient };
        }
    }

    // In the trace of the message that it is called for, or of the request.
    private static Activity? StartSpan(FunctionFile function, Invocation invocation, HttpRequest request)
    {
        if (!Traces.AreOn) return null;
        var trigger = function.Trigger;
        var parent = trigger switch
        {
            { QueueName: not null } => Traces.Of(invocation.Message(trigger.Name).Body),
            { Type: "httpTrigger" } => invocation.Http(trigger.Name).Headers.GetValueOrDefault(Traces.Name) ?? request.Headers[Traces.Name],
            _ => "",
        };
        var span = Traces.Continue(function.Name, trigger.QueueName is null ? ActivityKind.Server : ActivityKind.Consumer, parent);
        span?.SetTag("faas.name", function.Name).SetTag("faas.trigger", trigger.QueueName is not null ? "pubsub" : trigger.Type == "httpTrigger" ? "http" : "timer");
        if (trigger.QueueName is { } queue) span?.SetTag("messaging.system", "servicebus").SetTag("messaging.destination.name", queue).SetTag("messaging.operation.type", "process");
        return span;
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
                ["headers"] = answer.Challenge is null ? new JsonObject { ["Content-Type"] = answer.ContentType } : new() { ["Content-Type"] = answer.ContentType, ["WWW-Authenticate"] = answer.Challenge },
                ["body"] = answer.Body.DeepClone(),
            };
        }
        return new() { ["Outputs"] = outputs, ["Logs"] = new JsonArray(), ["ReturnValue"] = null };
    }
}
