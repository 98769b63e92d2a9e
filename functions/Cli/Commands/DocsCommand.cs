using System.CommandLine;

namespace Pipeline.Functions.Cli.Commands;

internal sealed class DocsCommand : CliCommand
{
    private readonly CliContext context;

    public DocsCommand(CliContext context) : base(context, "docs", "Print the help of all commands as Markdown.", "docs > docs/cli.md")
    {
        this.context = context;
        Hidden = true;
    }

    protected override Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        run.Terminal.Text(CommandReference.Markdown(CommandLine.Root(context with { Global = new GlobalOptions() })));
        return Task.FromResult(ExitCodes.Done);
    }
}
