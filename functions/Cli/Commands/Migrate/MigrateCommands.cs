using System.Globalization;
using Pipeline.Functions.Migrations;

namespace Pipeline.Functions.Cli.Commands.Migrate;

internal sealed class PlanCommand(CliContext context) : CliCommand(
    context, "plan", "Show which steps of the schema are there and which would be applied. Changes nothing. Ends with 1 if a newer program changed the schema too much.",
    "migrate plan", "migrate plan --json")
{
    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var schema = await SchemaPlace.OpenAsync(run, ct);
        var answer = await schema.PlanAsync(ct);
        run.Answer(answer, view => Show(run.Terminal, view));
        if (!answer.Value.IsTooNew) return ExitCodes.Done;
        run.Terminal.Complain(SchemaPlace.TooNew(answer.Value));
        return ExitCodes.Refused;
    }

    private static void Show(Terminal terminal, SchemaView schema)
    {
        var table = new DataTable("step", "state", "at");
        foreach (var step in schema.Applied) table.Add(step.Name, "applied", step.At.ToString("u", CultureInfo.InvariantCulture));
        foreach (var step in schema.Pending) table.Add(step, "pending", "");
        terminal.Data(table);
        if (schema.UpToDate) terminal.Say("The schema is up to date.");
        else if (!schema.IsTooNew) terminal.Say($"Apply what is pending with `{Invocation.Of("migrate apply")}`.");
    }
}

internal sealed class ApplyCommand(CliContext context) : CliCommand(
    context, "apply", "Apply the steps that are missing; finds nothing to do when there is none. Ends with 1 if a newer program changed the schema too much.",
    "migrate apply", "migrate apply --json")
{
    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var schema = await SchemaPlace.OpenAsync(run, ct);
        run.Answer(await schema.ApplyAsync(ct), migrated =>
        {
            foreach (var step in migrated.Applied) run.Terminal.Text($"{step} applied\n");
            run.Terminal.Say(migrated.Applied.Count == 0 ? "Nothing to do: the schema is up to date." : "The schema is up to date.");
        });
        return ExitCodes.Done;
    }
}
