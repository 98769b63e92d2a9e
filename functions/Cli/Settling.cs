using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Emitting;

namespace Pipeline.Functions.Cli;

/// <summary>Waits until everything that was sent is learned from and judged.</summary>
internal static class Settling
{
    // A job that cannot be done ends at its deadline, which is shorter.
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <exception cref="CliFailure">It takes longer than it ever should.</exception>
    public static async Task WaitAsync(LedgerClient client, IProgressMeter progress, TimeProvider time, CancellationToken ct)
    {
        var (most, begun) = (0L, time.GetTimestamp());
        for (var pause = Pause.Shortest; ; pause = pause.Longer())
        {
            var status = (await client.StatusAsync(ct)).Value;
            if (status.Settled) return;
            if (time.GetElapsedTime(begun) > Longest)
                throw new CliFailure(ExitCodes.NoServer, $"The ledger has not come to rest for {Longest.TotalMinutes:0} minutes; `{Invocation.Of("status")}` says what waits.");
            // Messages for jobs are counted with the jobs.
            var learning = status.Queues.Where(q => q.Key is "trajectories" or "curation").Sum(q => q.Value.Waiting);
            var waiting = learning + status.Validation.Open;
            most = Math.Max(most, waiting);
            progress.Report(most - waiting, most, learning > 0 ? "learned" : "validated");
            await pause.WaitAsync(ct);
        }
    }
}
