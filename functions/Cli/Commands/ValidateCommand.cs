using System.CommandLine;
using System.Globalization;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Validating;

namespace Pipeline.Functions.Cli.Commands;

/// <summary>Runs validators by hand. What is a path on this machine is judged here, without a server.</summary>
internal sealed class ValidateCommand : CliCommand
{
    private readonly Argument<string> what;
    private readonly Option<bool> record;

    public ValidateCommand(CliContext context) : base(
        context, "validate", "Judge skills: in a folder by the Agent Skills specification and by what they cost an agent; a version in the ledger by all validators. Ends with 1 when one fails.",
        "validate my-skill/", "validate my-skill/SKILL.md --json", "validate .agent/skills", "validate renew-loan@2", "validate renew-loan --record --json")
    {
        what = Add(new Argument<string>("PATH|SKILL[@V]") { Description = "A folder with a SKILL.md or with such folders in it, or a SKILL.md; else a skill of the ledger by id or name, at what is served unless a version is named." });
        record = Add(new Option<bool>("--record") { Description = "Put the verdicts on a skill of the ledger on record, as those of its validation jobs." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var path = run.Get(what);
        // No skill has a name like a path.
        if (!Path.Exists(path) && path!.AsSpan().IndexOfAny('/', '\\', '.') >= 0)
            throw new CliFailure(ExitCodes.NotFound, $"There is no {path}. Give a folder with a SKILL.md, or the name of a skill.");
        if (!Path.Exists(path)) return await OfLedgerAsync(run, SkillReference.Parse(path!), ct);
        if (run.Get(record)) throw new CliFailure(ExitCodes.Usage, "--record is for skills of the ledger; `skill import` takes in a folder.");
        var validated = await FolderValidation.OfAsync(path, ct);
        if (run.IsJson) run.Terminal.Json(new { Skills = validated.Select(v => new { v.Path, Passed = !v.Failed, v.Refusal, v.Reports }) });
        else Show(run.Terminal, validated);
        return validated.Any(v => v.Failed) ? ExitCodes.Refused : ExitCodes.Done;
    }

    private async Task<int> OfLedgerAsync(CommandRun run, SkillReference skill, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        var answer = await ledger.Client.ValidateAsync(skill.Skill, skill.Version, run.Get(record), ct);
        run.Answer(answer, validated => Show(run.Terminal, validated));
        return answer.Value.Validations.Any(v => v.Verdict == "failed") ? ExitCodes.Refused : ExitCodes.Done;
    }

    private static void Show(Terminal terminal, ValidationAnswer validated)
    {
        var table = new DataTable("validator", "verdict", "findings");
        foreach (var verdict in validated.Validations)
            table.Add(verdict.Validator, verdict.Verdict ?? "none", (verdict.Findings.Count + verdict.Omitted).ToString(CultureInfo.InvariantCulture));
        terminal.Data(table);
        foreach (var verdict in validated.Validations)
        {
            if (verdict.Problem is { } problem) terminal.Text($"{verdict.Validator}: {problem}\n");
            foreach (var finding in verdict.Findings)
                terminal.Text($"{verdict.Validator}: {finding.Path}{(finding.Line is { } line ? $" line {line}" : "")}: {finding.Message.Replace("\n", "\n  ", StringComparison.Ordinal)} ({finding.Rule}, {finding.Severity})\n");
        }
        terminal.Say($"{validated.Skill}@{validated.Version}  {validated.Digest}  {(validated.Recorded ? "on record" : "not recorded; --record does")}");
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
