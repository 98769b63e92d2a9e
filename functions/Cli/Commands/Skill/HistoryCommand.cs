using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands.Skill;

internal sealed class HistoryCommand : CliCommand
{
    private readonly Argument<string> skill;

    public HistoryCommand(CliContext context) : base(
        context, "history", "List the events of a skill: what happened to it, by whom, decided by what.", "skill history renew-loan", "skill history renew-loan --json")
    {
        skill = Add(new Argument<string>("SKILL") { Description = "A skill by id or name." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.HistoryAsync(run.Get(skill), ct), history => Show(run.Terminal, history));
        return ExitCodes.Done;
    }

    private static string Why(JsonElement data) => Text(data, "reason") is { Length: > 0 } reason
        ? reason
        : data.ValueKind == JsonValueKind.Object && data.TryGetProperty("content", out var content) ? Text(content, "rationale") : "";

    private static string Text(JsonElement data, string name) =>
        data.ValueKind == JsonValueKind.Object && data.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number ? value.ToString() : "";

    private static void Show(Terminal terminal, HistoryAnswer history)
    {
        var table = new DataTable("leaf", "event", "type", "made", "at", "actor", "decided by", "why");
        foreach (var e in history.Events)
            table.Add(
                e.Leaf.ToString(CultureInfo.InvariantCulture), e.Version.ToString(CultureInfo.InvariantCulture),
                e.Type, Text(e.Data, "version") is { Length: > 0 } version ? $"version {version}" : e.Type == "skill_created" ? "version 1" : "",
                e.At, e.Actor, e.DecidedBy, Why(e.Data));
        terminal.Data(table);
    }
}
