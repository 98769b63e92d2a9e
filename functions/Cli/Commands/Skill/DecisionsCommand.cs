using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands.Skill;

internal sealed class DecisionsCommand : CliCommand
{
    private readonly Argument<string> skill;

    public DecisionsCommand(CliContext context) : base(
        context, "decisions", "List what was decided about the family that a skill is learned from, and why; --json has candidates, scores and thresholds.",
        "skill decisions renew-loan", "skill decisions renew-loan --json")
    {
        skill = Add(new Argument<string>("SKILL") { Description = "A skill by id or name." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.DecisionsAsync(run.Get(skill), ct), decisions => Show(run.Terminal, decisions));
        return ExitCodes.Done;
    }

    private static void Show(Terminal terminal, HistoryAnswer decisions)
    {
        var table = new DataTable("leaf", "at", "operation", "made", "evidence", "decided by", "why", "model");
        foreach (var e in decisions.Events)
        {
            if (e.Type == "variant_accepted") table.Add(
                e.Leaf.ToString(CultureInfo.InvariantCulture), e.At, "create", Text(e.Data, "result", "version"), "", e.DecidedBy,
                $"variant-accepted: a sibling for {Text(e.Data, "model")}, {Text(e.Data, "result", "skillId")}: {Text(e.Data, "reason")}", "");
            if (e.Type == "curation_decided") table.Add(
                e.Leaf.ToString(CultureInfo.InvariantCulture), e.At, Operation(e.Data), Text(e.Data, "result", "version"), Text(e.Data, "throughEvidence"), e.DecidedBy,
                $"{Text(e.Data, "reasonCode")}: {Text(e.Data, "reason")}", Model(e.Data));
        }
        terminal.Data(table);
    }

    private static string Operation(JsonElement decision) =>
        Text(decision, "siblingFor") is { Length: > 0 } model ? $"{Text(decision, "operation")} (for {model})" : Text(decision, "operation");

    // What became of what a language model wrote; empty where none was asked.
    private static string Model(JsonElement decision) =>
        string.Join(": ", new[] { Text(decision, "composition", "outcome"), Text(decision, "composition", "reasonCode"), Text(decision, "composition", "reason") }.Where(t => t.Length > 0));

    private static string Text(JsonElement data, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
            if (data.ValueKind != JsonValueKind.Object || !data.TryGetProperty(name, out data)) return "";
        return data.ValueKind is JsonValueKind.String or JsonValueKind.Number ? data.ToString() : "";
    }
}
