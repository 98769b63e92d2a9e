using Pipeline.Domain.Ledger;
using Pipeline.Functions.Migrations;

namespace Pipeline.Functions.Hosting;

/// <summary>Lets the program listen before it is ready. The Functions host waits half a minute for any answer at <c>/</c>, and a migration may take longer; what it
/// calls meanwhile waits here, since an error would count as a delivery. Where somebody has to do something first, everybody else is told so.</summary>
internal sealed class StartGate(IReadOnlyList<FunctionFile> functions) : IStartupFilter
{
    // Less than the host's own patience (functionTimeout): then the message is given back, and comes again.
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(20);

    private readonly Dictionary<PathString, FunctionFile> _called = functions.Where(f => !f.IsForwarded).ToDictionary(f => new PathString($"/{f.Name}"));
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _kept = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string _reason = "";

    public Task Opened => _ready.Task;

    public void Open() => _ready.TrySetResult();

    /// <summary>It will not open by itself.</summary>
    /// <param name="reason">What is in the way and what to do about it.</param>
    public void Keep(string reason)
    {
        _reason = reason;
        _kept.TrySetResult();
    }

    /// <summary>Before anything else, since much of it asks the database.</summary>
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (context, go) =>
        {
            var function = _called.GetValueOrDefault(context.Request.Path);
            var isMessage = function is not null && !IsHttp(function);
            if (IsAlwaysOpen(context.Request.Path) || await OpensAsync(isMessage ? _ready.Task : Task.WhenAny(_ready.Task, _kept.Task), context.RequestAborted)) await go(context);
            else await Refusal(function).ExecuteAsync(context);
        });
        next(app);
    };

    private static bool IsAlwaysOpen(PathString path) => path == "/" || path == "/healthz" || path.StartsWithSegments(SchemaEndpoints.Route, StringComparison.Ordinal);

    private async Task<bool> OpensAsync(Task known, CancellationToken ct)
    {
        try
        {
            await known.WaitAsync(Longest, ct);
        }
        catch (TimeoutException)
        {
            return false;
        }
        return _ready.Task.IsCompleted;
    }

    // What the host wraps must be answered as it unwraps it: else it would say that the function failed.
    private IResult Refusal(FunctionFile? function)
    {
        var problem = Problems.Body(StatusCodes.Status503ServiceUnavailable, MissingSchema.Code, _reason);
        return function is not null && IsHttp(function)
            ? Results.Json(HostProtocol.Answer(function, new([], new(StatusCodes.Status503ServiceUnavailable, problem, Problems.ContentType))), LedgerJson.Options)
            : Results.Text(problem.ToJsonString(LedgerJson.Options), Problems.ContentType, statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    private static bool IsHttp(FunctionFile function) => function.Trigger.Type == "httpTrigger";
}
