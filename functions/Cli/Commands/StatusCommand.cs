using System.Globalization;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands;

internal sealed class StatusCommand(CliContext context) : CliCommand(
    context, "status", "How much the ledger holds, what waits, and whether everything has been learned from.", "status", "status --json")
{
    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.StatusAsync(ct), status =>
        {
            run.Terminal.Data(TableOf(status));
            if (status.Log.Stopped is { } stop) run.Terminal.Complain($"The log is stopped: {stop.Reason}. {stop.WhatToDo}");
            if (VerdictsWanted.Of(status.Trajectories) is { } hint) run.Terminal.Say(hint);
        });
        return ExitCodes.Done;
    }

    private static DataTable TableOf(LedgerStatus status)
    {
        var table = new DataTable("what", "count");
        void Row(string what, object value) => table.Add(what, Convert.ToString(value, CultureInfo.InvariantCulture));
        Row("events", status.Events);
        Row("sealed", status.Sealed);
        Row("signed", status.Log.Signed);
        Row("settled", status.Settled ? "yes" : "no");
        Row("trajectories recorded", status.Trajectories.Recorded);
        Row("trajectories rejected", status.Trajectories.Rejected);
        Row("trajectories without a verdict", status.Trajectories.Unverified);
        Row("families", status.Families);
        Row("skills active", status.Skills.Active);
        Row("skills retired", status.Skills.Retired);
        Row("skills absorbed", status.Skills.Absorbed);
        foreach (var (name, queue) in status.Queues.OrderBy(q => q.Key, StringComparer.Ordinal))
        {
            Row($"queue {name}: waiting", queue.Waiting);
            Row($"queue {name}: dead", queue.Dead);
        }

        Row("validation jobs: queued", status.Validation.Queued);
        Row("validation jobs: running", status.Validation.Running);
        Row("validation jobs: waiting for an answer", status.Validation.Waiting);
        Row("validation jobs: done", status.Validation.Done);
        Row("validation jobs: failed", status.Validation.Failed);
        if (status.Composer.Name.Length > 0) Row("composer", status.Composer);
        if (status.Composer.Today is { } today)
        {
            Row("composer: calls today", today.Calls);
            Row("composer: tokens today", today.Tokens);
            Row("composer: cost today (USD)", Math.Round(today.CostUsd, 4));
        }
        if (status.Index.Problem.Length > 0) Row("search index", status.Index.Problem);
        if (status.Program.Length > 0) Row("program", status.Program);
        return table;
    }
}
