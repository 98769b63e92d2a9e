using System.Globalization;
using System.Text.Json;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands.Index;

internal sealed class RebuildCommand(CliContext context) : CliCommand(
    context, "rebuild",
    "Build the search index anew from the ledger beside the one that is searched meanwhile, and put it in its place.",
    "index rebuild")
{
    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        var json = await run.Terminal.WithProgressAsync("leaves taken in", run.Time, progress => IndexRun.ReadAsync(ledger.Client.RebuildIndexAsync(ct), progress));
        run.Answer(new Answer<IndexRebuiltAnswer>(json.Deserialize<IndexRebuiltAnswer>(LedgerJson.Options)!, json), built => run.Terminal.Say(
            string.Create(CultureInfo.InvariantCulture, $"{built.Kind} ({built.Index}) has {built.Documents} documents, up to leaf {built.Leaf}.")));
        return ExitCodes.Done;
    }
}
