using System.CommandLine;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Commands.Trust;

namespace Pipeline.Functions.Cli.Commands.Skill;

internal sealed class ShowCommand : CliCommand
{
    private readonly Argument<string> skill;
    private readonly Option<string?> alias;
    private readonly Option<string?> caller;

    public ShowCommand(CliContext context) : base(
        context, "show", "Show a skill, or one of its versions: the facts, and its SKILL.md.", "skill show renew-loan", "skill show renew-loan@1 --json", "skill show renew-loan --alias canary")
    {
        skill = Add(new Argument<string>("SKILL[@VERSION]") { Description = "A skill by id or name. Without a version: the one that is served." });
        alias = Add(new Option<string?>("--alias") { Description = "The version that this alias serves, instead of latest.", HelpName = "ALIAS" });
        caller = Add(CallerIdentity.Option());
        Validators.Add(result =>
        {
            if (result.GetValue(alias) is not null && SkillReference.Parse(result.GetValue(skill) ?? "").Version is not null) result.AddError("Name either a version or --alias.");
        });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var (id, version) = SkillReference.Parse(run.Get(skill));
        await using var ledger = await run.ConnectAsync(ct);
        ledger.Client.SayCaller(CallerIdentity.Of(run.Get(caller), run.Get(alias), run.Terminal));
        if (version is { } number) run.Answer(await ledger.Client.VersionAsync(id, number, ct), answer => Show(run.Terminal, id, answer));
        else run.Answer(await ledger.Client.SkillAsync(id, ct, run.Get(alias)), answer => Show(run.Terminal, answer));
        return ExitCodes.Done;
    }

    private static void Show(Terminal terminal, SkillAnswer answer)
    {
        var facts = answer.Skill;
        if (answer.Use is { } use) Show(terminal, use);
        TrustLines.Show(terminal, answer.Trust);
        Show(terminal, facts.Allows, answer.Withheld);
        Show(terminal, answer.Text, answer.Files,
            ("id", facts.Id), ("name", facts.Name), ("status", facts.Status), ("version", facts.Version is null ? "none is served" : $"{facts.Version}{(facts.ServedBy is { } by ? $", served by {by}" : "")}"),
            ("variant of", facts.VariantOf is { } main ? $"{main}, for model {facts.Model}" : ""), ("origin", facts.Origin), ("environment", facts.Environment), ("family", facts.Family), ("digest", facts.Digest ?? ""), ("updated", facts.UpdatedAt));
    }

    private static void Show(Terminal terminal, UseFacts use)
    {
        foreach (var v in use.Versions)
            terminal.Say(FormattableString.Invariant(
                $"{"use",-12} {(v.Version is { } number ? $"version {number}" : "version unknown")}, {(v.Model.Length > 0 ? v.Model : "model unknown")}: {v.Successes} of {v.Exposures} runs with it succeeded, {v.ControlSuccesses} of {v.Controls} without; it adds {v.Utility:+0.00;-0.00;0.00} ({v.Lower:+0.00;-0.00;0.00} to {v.Upper:+0.00;-0.00;0.00})"));
        if (use.Models is { } models) terminal.Say($"{"models",-12} {models.Said}");
        else if (use.Harms.Count > 0) terminal.Say($"{"models",-12} it helps {string.Join(", ", use.Helps)} and harms {string.Join(", ", use.Harms)}");
        foreach (var sibling in use.Siblings) terminal.Say($"{"sibling",-12} {sibling.Name}, for model {sibling.Model} ({sibling.Status})");
    }

    private static void Show(Terminal terminal, string id, VersionAnswer answer)
    {
        var facts = answer.Version;
        TrustLines.Show(terminal, answer.Trust);
        Show(terminal, facts.Allows, answer.Withheld);
        Show(terminal, answer.Text, answer.Files,
            ("skill", id), ("version", $"{facts.Version}{(facts.Revoked ? " (revoked)" : "")}"), ("made by", $"{facts.Operation}, {facts.Composer}"),
            ("why", facts.Rationale), ("digest", facts.Digest), ("created", facts.CreatedAt), ("leaf", $"{facts.Leaf}"));
    }

    private static void Show(Terminal terminal, string? allows, IReadOnlyList<string>? withheld)
    {
        if (!string.IsNullOrEmpty(allows)) terminal.Say($"{"allows",-12} {allows}");
        foreach (var power in withheld ?? []) terminal.Say($"{"not allowed",-12} {power}");
    }

    // The facts are about the data, which is the text: so that `skill show X > SKILL.md` gives what it says.
    private static void Show(Terminal terminal, string text, IReadOnlyList<FileFacts> files, params (string Name, string Value)[] facts)
    {
        foreach (var (name, value) in facts.Where(f => f.Value.Length > 0)) terminal.Say($"{name,-12} {value}");
        foreach (var file in files) terminal.Say($"{"file",-12} {file.Path} ({file.Size} bytes)");
        terminal.Say("");
        terminal.Text(text);
    }
}
