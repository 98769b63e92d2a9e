using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Pipeline.Functions.Cli;

/// <summary>Told how far something has come.</summary>
internal interface IProgressMeter
{
    void Report(long done, long total, string? what = null);
}

/// <summary>A bar with count and rate, on a terminal.</summary>
internal sealed class ProgressBar(ProgressTask task) : IProgressMeter
{
    public static async Task<T> RunAsync<T>(IAnsiConsole console, string what, Func<IProgressMeter, Task<T>> work) =>
        await console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new CountColumn(), new SpinnerColumn())
            .StartAsync(async context =>
            {
                var task = context.AddTask(Markup.Escape(what));
                var result = await work(new ProgressBar(task));
                task.StopTask();
                return result;
            });

    public void Report(long done, long total, string? what = null)
    {
        if (what is not null) task.Description = Markup.Escape(what);
        task.MaxValue = Math.Max(total, 1);
        task.Value = done;
    }

    private sealed class CountColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(string.Create(CultureInfo.InvariantCulture, $"{task.Value:0}/{task.MaxValue:0}  {task.Speed ?? 0:0}/s{(task.RemainingTime is { } left && left > TimeSpan.Zero ? $"  {left:h\\:mm\\:ss} left" : "")}"));
    }
}

/// <summary>A line every few seconds, where nobody could see a bar move.</summary>
internal sealed class ProgressLines(Terminal terminal, string what, TimeProvider time) : IProgressMeter
{
    private static readonly TimeSpan Apart = TimeSpan.FromSeconds(2);

    // When nothing moves, a line still says now and then that it is being waited for.
    private static readonly TimeSpan ApartAtRest = TimeSpan.FromSeconds(20);

    private readonly long started = time.GetTimestamp();
    private long last = time.GetTimestamp();
    private long lastDone;
    private string what = what;

    public static async Task<T> RunAsync<T>(Terminal terminal, string what, TimeProvider time, Func<IProgressMeter, Task<T>> work) =>
        await work(new ProgressLines(terminal, what, time));

    public void Report(long done, long total, string? what = null)
    {
        this.what = what ?? this.what;
        if (time.GetElapsedTime(last) < (done == lastDone ? ApartAtRest : Apart)) return;
        (last, lastDone) = (time.GetTimestamp(), done);
        var rate = done / time.GetElapsedTime(started).TotalSeconds;
        var left = rate > 0 && total > done ? string.Create(CultureInfo.InvariantCulture, $", {TimeSpan.FromSeconds((total - done) / rate):h\\:mm\\:ss} left") : "";
        terminal.Say(string.Create(CultureInfo.InvariantCulture, $"{this.what}: {done} of {total} ({rate:0}/s{left})"));
    }
}
