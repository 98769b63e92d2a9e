using System.CommandLine;
using ModelContextProtocol.Server;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.Mcp;

namespace Pipeline.Functions.Cli.Commands;

internal sealed class McpCommand : CliCommand
{
    private readonly Option<bool> allowEmit;
    private readonly Option<string> alias;
    private readonly Option<string?> caller;
    private readonly Option<bool> withScripts;

    public McpCommand(CliContext context) : base(
        context, "mcp",
        "Serve the skills to an agent by the Model Context Protocol over STDIN and STDOUT, until STDIN ends. A server that runs has the same at /mcp.",
        "mcp", "mcp --url http://localhost:7071", "mcp --alias production")
    {
        allowEmit = Add(new Option<bool>("--allow-emit") { Description = "Also offer the tools that send runs and outcomes. Without it nothing can be changed." });
        alias = Add(new Option<string>("--alias") { Description = "Which version of each skill is served.", HelpName = "production|latest|canary", DefaultValueFactory = _ => AliasRules.Latest });
        caller = Add(CallerIdentity.Option());
        withScripts = Add(new Option<bool>("--with-scripts") { Description = $"Also give out scripts of versions below {TierAllowance.ScriptsFrom}." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        using var logging = LoggerFactory.Create(logging =>
        {
            logging.AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Warning);
            // What the ledger refuses is the agent's to read, in the answer; the library would log each with its stack.
            logging.AddFilter(nameof(ModelContextProtocol), LogLevel.Critical);
            // STDOUT is the protocol's.
            logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        });
        ledger.Client.SayCaller(CallerIdentity.Of(run.Get(caller), run.Get(alias), run.Terminal));
        var options = SkillMcpServer.Options(ledger.Client, new(run.Get(alias)!, run.Get(withScripts), run.Get(allowEmit)));
        await using var transport = new StdioServerTransport(options, logging);
        await using var server = McpServer.Create(transport, options, logging);
        await server.RunAsync(ct);
        return ExitCodes.Done;
    }
}
