namespace Pipeline.Functions.Hosting;

/// <summary>Lets the program listen before it is ready. The Functions host waits half a minute for any answer at <c>/</c>, and a migration may take longer; what it
/// calls meanwhile waits here, since an error would count as a delivery.</summary>
internal sealed class StartGate
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open() => _ready.TrySetResult();

    public void Use(WebApplication app) => app.Use(async (context, next) =>
    {
        if (context.Request.Path != "/" && context.Request.Path != "/healthz") await _ready.Task.WaitAsync(context.RequestAborted);
        await next(context);
    });
}
