using System.CommandLine;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Local;

namespace Pipeline.Functions.Cli;

/// <summary>One run of a command: what was asked, and the ways to answer.</summary>
internal sealed class CommandRun
{
    private readonly ParseResult parsed;
    private readonly CliContext context;

    public CommandRun(ParseResult parsed, CliContext context)
    {
        this.parsed = parsed;
        this.context = context;
        Terminal = TerminalOf(parsed, context);
    }

    public Terminal Terminal { get; }
    public bool IsJson => Terminal.IsJson;
    public TimeProvider Time => context.Time;
    public Streams Streams => context.Streams;
    public PipelineHome Home => PipelineHome.Resolve(Get(context.Global.Home));

    /// <summary>What <c>--url</c> says; null without it.</summary>
    public Uri? Url => Get(context.Global.Url) is { } url ? ServerAccess.AddressOf(url, "--url") : null;

    /// <summary>The server that is named; null: whichever runs here.</summary>
    public Uri? Server => Url ?? (Get(context.Global.Home) is null ? ServerAccess.AddressOfEnvironment() : null);

    public static Terminal TerminalOf(ParseResult parsed, CliContext context) => new(
        context.Streams,
        parsed.GetValue(context.Global.Json),
        parsed.GetValue(context.Global.NoColour) || !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));

    public T? Get<T>(Option<T> option) => parsed.GetValue(option);

    public T Get<T>(Argument<T> argument) => parsed.GetValue(argument)!;

    /// <summary>The server that is named or runs, or one for as long as the connection is held.</summary>
    /// <param name="begins">For commands that put something in: a home without a ledger gets one.</param>
    public Task<LedgerConnection> ConnectAsync(CancellationToken ct, bool begins = false) => LedgerConnection.OpenAsync(Server, Home, begins, Terminal, ct);

    /// <summary>Prints the answer as JSON where that was asked for, and otherwise as <paramref name="shown"/> does.</summary>
    public void Answer<T>(Answer<T> answer, Action<T> shown)
    {
        if (IsJson) Terminal.Json(answer.Json);
        else shown(answer.Value);
    }
}
