using System.CommandLine;
using System.Globalization;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation;
using Pipeline.Functions.Cli.Validating;

namespace Pipeline.Functions.Cli.Commands;

/// <summary>Runs validators by hand. What is a path on this machine is judged here, without a server.</summary>
internal sealed class ValidateCommand : CliCommand
{
    private readonly Argument<string> what;

    public ValidateCommand(CliContext context) : base(
        context, "validate", "Judge skills in a folder by the Agent Skills specification and by what they cost an agent. Ends with 1 when one fails.",
        "validate my-skill/", "validate my-skill/SKILL.md --json", "validate .agent/skills") =>
        what = Add(new Argument<string>("PATH") { Description = "A folder with a SKILL.md or with such folders in it, or a SKILL.md." });

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var path = run.Get(what);
        if (!Path.Exists(path)) throw new CliFailure(ExitCodes.NotFound, $"There is no folder or SKILL.md {path}.");
        var validated = await FolderValidation.OfAsync(path, ct);
        if (run.IsJson) run.Terminal.Json(new { Skills = validated.Select(v => new { v.Path, Passed = !v.Failed, v.Refusal, v.Reports }) });
        else Show(run.Terminal, validated);
        return validated.Any(v => v.Failed) ? ExitCodes.Refused : ExitCodes.Done;
    }

    private static void Show(Terminal terminal, IReadOnlyList<ValidatedFolder> validated)
    {
        var table = new DataTable("skill", "validator", "verdict", "findings");
        foreach (var skill in validated)
        {
            if (skill.Refusal is not null) table.Add(skill.Path, "import", "refused", "1");
            foreach (var report in skill.Reports) table.Add(skill.Path, report.Validator.Name, Word(report.Verdict), (report.Findings.Count + report.Omitted).ToString(CultureInfo.InvariantCulture));
        }
        terminal.Data(table);
        foreach (var skill in validated)
        {
            if (skill.Refusal is { } refusal) terminal.Text($"{skill.Path}: import: {refusal}\n");
            foreach (var report in skill.Reports)
                foreach (var finding in report.Findings) terminal.Text($"{skill.Path}: {report.Validator.Name}: {Words(finding)}\n");
        }
        var failed = validated.Count(v => v.Failed);
        terminal.Say(failed == 0 ? $"{validated.Count} passed." : $"{failed} of {validated.Count} failed.");
    }

    private static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Passed => "passed",
        Verdict.Failed => "failed",
        Verdict.Inconclusive => "inconclusive",
        _ => "infra-blocked",
    };

    private static string Words(ValidationFinding finding) =>
        $"{(finding.Line is { } line ? $"line {line}: " : "")}{finding.Message.Replace("\n", "\n  ", StringComparison.Ordinal)} ({finding.Rule}, {finding.Severity.ToString().ToLowerInvariant()})";
}
