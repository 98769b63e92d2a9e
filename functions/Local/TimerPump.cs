using System.Globalization;
using System.Text.Json.Nodes;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Queue;

namespace Pipeline.Functions.Local;

/// <summary>Calls timer functions by the schedule in their function.json.</summary>
public sealed class TimerPump(LocalHost host, PostgresQueue queue, TimeProvider time, ILogger<TimerPump> logger) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        from function in host.Functions
        where function.Trigger is { Type: "timerTrigger", Schedule: not null }
        select RunAsync(function, EverySeconds(function.Trigger.Schedule!), stoppingToken));

    /// <summary>The schedules that we use: <c>*/N * * * * *</c> and <c>0 */N * * * *</c>.</summary>
    /// <exception cref="InvalidDataException">Another schedule: it would run at other times here than on Azure.</exception>
    internal static int EverySeconds(string schedule) => schedule.Split(' ') switch
    {
        [var seconds, "*", "*", "*", "*", "*"] when Every(seconds) is { } n => n,
        ["0", var minutes, "*", "*", "*", "*"] when Every(minutes) is { } n => 60 * n,
        _ => throw new InvalidDataException($"the local timer does not know the schedule '{schedule}': use '*/N * * * * *' or '0 */N * * * *'"),
    };

    private static int? Every(string field) =>
        field.StartsWith("*/", StringComparison.Ordinal) && int.TryParse(field.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n is > 0 and < 60 ? n : null;

    private async Task RunAsync(FunctionFile function, int seconds, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(seconds), time);
        try
        {
            do
            {
                await CallAsync(function, ct);
            }
            while (await timer.WaitForNextTickAsync(ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The program stops.
        }
    }

    private async Task CallAsync(FunctionFile function, CancellationToken ct)
    {
        var data = new JsonObject { [function.Trigger.Name] = new JsonObject { ["Schedule"] = new JsonObject(), ["ScheduleStatus"] = null, ["IsPastDue"] = false } };
        try
        {
            if (await host.InvokeAsync(function, data, [], ct) is { } outputs)
                await queue.EnqueueAsync([.. QueuedOutputs.Of(function, outputs)], ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            logger.LogWarning("{Function} did not run this time: {Problem}", function.Name, e.GetType().Name);
        }
    }
}
