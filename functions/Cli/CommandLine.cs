using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.InteropServices;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Commands;

namespace Pipeline.Functions.Cli;

/// <summary>The whole command line. Without arguments it is <c>up</c>.</summary>
public static class CommandLine
{
    /// <summary>Runs a command with the process's streams and signals.</summary>
    /// <returns>The exit code (<see cref="ExitCodes"/>).</returns>
    public static async Task<int> RunAsync(string[] args, CancellationToken ct)
    {
        using var stop = new StopSignals(ct);
        return await RunAsync(args, Streams.OfProcess(), stop);
    }

    internal static async Task<int> RunAsync(string[] args, Streams streams, StopSignals stop)
    {
        var context = new CliContext(streams, new GlobalOptions(), TimeProvider.System);
        // No response files: a query or a source may begin with @.
        var parsed = Root(context).Parse(args.Length == 0 ? ["up"] : args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var terminal = CommandRun.TerminalOf(parsed, context);
        // Help is given whatever else there is.
        if (parsed.Action is not { ClearsParseErrors: true } && UsageErrors.Of(parsed, args) is { Count: > 0 } errors) return Misused(errors, parsed, terminal);
        try
        {
            return await parsed.InvokeAsync(
                new() { Output = streams.Out, Error = streams.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, stop.Token);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            terminal.Say("Stopped.");
            return stop.ExitCode;
        }
        catch (Exception e)
        {
            var (exitCode, message) = Failure(e);
            terminal.Complain(message);
            return exitCode;
        }
    }

    internal static RootCommand Root(CliContext context)
    {
        var root = new RootCommand("Turns the trajectories of agents into a ledger of skills that can be replayed.");
        foreach (var option in context.Global.All) root.Options.Add(option);
        root.Add(new UpCommand(context));
        root.Add(new EmitCommand(context));
        root.Add(new Command("skill", "List, compare, exchange and govern skills.")
        {
            new Commands.Skill.ListCommand(context),
            new Commands.Skill.ShowCommand(context),
            new Commands.Skill.VersionsCommand(context),
            new Commands.Skill.HistoryCommand(context),
            new Commands.Skill.DecisionsCommand(context),
            new Commands.Skill.DiffCommand(context),
            new Commands.Skill.ExportCommand(context),
            new Commands.Skill.SyncCommand(context),
            new Commands.Skill.VerifyCommand(context),
            new Commands.Skill.ImportCommand(context),
            new Commands.Skill.PromptCommand(context),
            new Commands.Skill.RetireCommand(context),
            new Commands.Skill.ReinstateCommand(context),
            new Commands.Skill.RollbackCommand(context),
            new Commands.Skill.VariantCommand(context),
        });
        root.Add(new CurateCommand(context));
        root.Add(new Command("policy", "Look at, publish and activate the policies that curation decides by.")
        {
            new Commands.Policy.ListCommand(context),
            new Commands.Policy.ShowCommand(context),
            new Commands.Policy.PublishCommand(context),
            new Commands.Policy.ActivateCommand(context),
        });
        root.Add(new Command("alias", "See and move the names that versions are served under.")
        {
            new Commands.Trust.AliasListCommand(context),
            new Commands.Trust.AliasHistoryCommand(context),
            new Commands.Trust.AliasMoveCommand(context),
        });
        root.Add(new Commands.Trust.ApproveCommand(context));
        root.Add(new Commands.Trust.RevokeCommand(context));
        root.Add(new Command("gates", "Look at, publish and activate the gates that tiers are decided by.")
        {
            new Commands.Trust.GatesListCommand(context),
            new Commands.Trust.GatesShowCommand(context),
            new Commands.Trust.GatesPublishCommand(context),
            new Commands.Trust.GatesActivateCommand(context),
        });
        root.Add(new Command("release", "Pin the aliases of a stage as a manifest says, and go back to an earlier release.")
        {
            new Commands.Release.PlanCommand(context),
            new Commands.Release.ApplyCommand(context),
            new Commands.Release.ReleaseHistoryCommand(context),
            new Commands.Release.RollbackCommand(context),
        });
        root.Add(new ReplayCommand(context));
        root.Add(new RederiveCommand(context));
        root.Add(new WhatIfCommand(context));
        root.Add(new Command("audit", "Check the log, and prove what is in it.")
        {
            new Commands.Audit.VerifyCommand(context),
            new Commands.Audit.CheckpointCommand(context),
            new Commands.Audit.ProofCommand(context),
            new Commands.Audit.BundleCommand(context),
            new Commands.Audit.ProvenanceCommand(context),
            new RederiveCommand(context, "audit "),
            new WhatIfCommand(context, "audit "),
            new Command("key", "Look at and change the keys that the log is signed with.")
            {
                new Commands.Audit.KeyShowCommand(context),
                new Commands.Audit.KeyRotateCommand(context),
            },
        });
        root.Add(new Command("ledger", "Write the whole ledger to files, and bring it back from them.")
        {
            new Commands.Ledger.ExportCommand(context),
            new Commands.Ledger.ImportCommand(context),
        });
        root.Add(new Command("migrate", "Bring the database's schema up to this program.")
        {
            new Commands.Migrate.PlanCommand(context),
            new Commands.Migrate.ApplyCommand(context),
        });
        root.Add(new SearchCommand(context));
        root.Add(new Command("index", "Look after the search index.")
        {
            new Commands.Index.CheckCommand(context),
            new Commands.Index.RebuildCommand(context),
            new Commands.Index.ConfusableCommand(context),
        });
        root.Add(new GapsCommand(context));
        root.Add(new ScanCommand(context));
        root.Add(new ValidateCommand(context));
        root.Add(new StatusCommand(context));
        root.Add(new Command("dead-letter", "Look after messages that could not be handled.")
        {
            new Commands.DeadLetter.ListCommand(context),
            new Commands.DeadLetter.ShowCommand(context),
            new Commands.DeadLetter.RetryCommand(context),
            new Commands.DeadLetter.DiscardCommand(context),
        });
        root.Add(new Command("subject", "Look after those whom runs are about.") { new Commands.Subject.EraseCommand(context) });
        root.Add(new McpCommand(context));
        root.Add(new Command("webhook", "Tell platforms what happens to skills.")
        {
            new Commands.Webhook.AddCommand(context),
            new Commands.Webhook.ListCommand(context),
            new Commands.Webhook.RemoveCommand(context),
            new Commands.Webhook.EnableCommand(context),
            new Commands.Webhook.DeliveriesCommand(context),
            new Commands.Webhook.ReplayDeliveryCommand(context),
        });
        root.Add(new DownCommand(context));
        root.Add(new ServeCommand(context));
        root.Add(new DocsCommand(context));
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
        return root;
    }

    private static int Misused(IReadOnlyList<string> errors, ParseResult parsed, Terminal terminal)
    {
        foreach (var error in errors) terminal.Complain(error);
        terminal.Say($"See `{Invocation.Of(string.Join(' ', CommandReference.PathOf(parsed.CommandResult.Command).Append("--help")))}`.");
        return ExitCodes.Usage;
    }

    private static (int ExitCode, string Message) Failure(Exception e) => e switch
    {
        CliFailure failure => (failure.ExitCode, failure.Message),
        LedgerApiException { Status: 404 } problem => (ExitCodes.NotFound, problem.Detail),
        LedgerApiException { Status: 502 or 503 or 504 } problem => (ExitCodes.NoServer, problem.Detail),
        LedgerApiException problem => (ExitCodes.Refused, problem.Detail),
        HttpRequestException lost => (ExitCodes.NoServer, $"The server is gone: {lost.Message} Try again when it is back."),
        TaskCanceledException => (ExitCodes.NoServer, "The server did not answer in time. See whether it is overloaded, and try again."),
        IOException or UnauthorizedAccessException => (ExitCodes.Refused, e.Message),
        _ => (ExitCodes.Refused, $"This should not have happened: {e}"),
    };
}

/// <summary>Ctrl+C and SIGTERM ask for a clean stop; the second time they end the process at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource source;
    private readonly PosixSignalRegistration interrupt;
    private readonly PosixSignalRegistration terminate;

    public StopSignals(CancellationToken ct)
    {
        source = CancellationTokenSource.CreateLinkedTokenSource(ct);
        interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => Stop(signal, ExitCodes.Interrupted));
        terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Stop(signal, ExitCodes.Terminated));
    }

    public CancellationToken Token => source.Token;
    public int ExitCode { get; private set; } = ExitCodes.Interrupted;

    public void Dispose()
    {
        interrupt.Dispose();
        terminate.Dispose();
        source.Dispose();
    }

    private void Stop(PosixSignalContext signal, int exitCode)
    {
        if (source.IsCancellationRequested) return;
        signal.Cancel = true;
        ExitCode = exitCode;
        source.Cancel();
    }
}
