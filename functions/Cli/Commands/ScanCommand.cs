using System.CommandLine;
using System.Globalization;
using Pipeline.Domain.Validation.Security;
using Pipeline.Functions.Cli.Files;
using Pipeline.Functions.Cli.Scanning;
using Pipeline.Infra.Security;
using Spectre.Console;

namespace Pipeline.Functions.Cli.Commands;

/// <summary>Scans packages without a server.</summary>
internal sealed class ScanCommand : CliCommand
{
    private readonly Argument<string?> path;
    private readonly Option<string?> batch;
    private readonly Option<bool> rules;
    private readonly Option<Severity> least;

    public ScanCommand(CliContext context) : base(
        context, "scan", "Look for attacks in skills, without a server. Exit code 0: nothing flagged; 1: something is. That nothing is flagged is no reason to trust a skill.",
        "scan skills/", "scan some-skill.zip --json", "scan --batch packages.jsonl.gz > verdicts.jsonl", "scan --rules")
    {
        path = Add(new Argument<string?>("PATH") { Description = "A file, a zip, a skill's folder, or a folder of such folders: each is a package, and what else is there is one.", Arity = ArgumentArity.ZeroOrOne });
        batch = Add(new Option<string?>("--batch") { Description = "Judge many: lines {\"id\",\"files\":{path: text}}, plain or gzip (- for STDIN), to a line of JSON for each, in their order.", HelpName = "FILE" });
        rules = Add(new Option<bool>("--rules") { Description = "List the rules, and the digest that verdicts name." });
        least = Add(new Option<Severity>("--min-severity") { Description = "Show findings from this severity on. The verdict stays the same.", HelpName = "low|medium|high|critical", DefaultValueFactory = _ => Severity.Low });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var (target, lines, listed) = (run.Get(path), run.Get(batch), run.Get(rules));
        if ((target is null ? 0 : 1) + (lines is null ? 0 : 1) + (listed ? 1 : 0) != 1) throw new CliFailure(ExitCodes.Usage, "Name one of PATH, --batch FILE and --rules.");
        if (listed) return List(run, ShippedSecurityRules.Ruleset);
        return target is not null ? await ScanAsync(run, target, ct) : await BatchAsync(run, new InputFile(lines!), ct);
    }

    private async Task<int> ScanAsync(CommandRun run, string target, CancellationToken ct)
    {
        var (reports, packages) = (new List<ScanReport>(), ScannedPackages.Find(target));
        var ruleset = ShippedSecurityRules.Ruleset;
        foreach (var package in packages)
        {
            var report = SecurityScan.Judge(ruleset, await ScannedPackages.ReadAsync(package, ruleset.Rules.Limits, ct), ct);
            reports.Add(new(package.Path, report.Flagged, report.Score, Shown(run, report.Findings)));
            if (!run.IsJson) Show(run.Terminal, reports[^1]);
        }
        var flagged = reports.Count(r => r.Flagged);
        if (run.IsJson) run.Terminal.Json(new { flagged = flagged > 0, packages = reports, rulesetDigest = ruleset.Digest, validator = SecurityScan.Validator });
        else run.Terminal.Say($"{flagged} of {reports.Count} flagged by {SecurityScan.Validator}, ruleset {ruleset.Digest[..12]}.");
        return flagged > 0 ? ExitCodes.Refused : ExitCodes.Done;
    }

    private async Task<int> BatchAsync(CommandRun run, InputFile file, CancellationToken ct)
    {
        if (!file.IsInput && !File.Exists(file.Path)) throw new CliFailure(ExitCodes.Usage, $"There is no file {file.Path}.");
        await using var stream = file.IsInput ? run.Streams.OpenInput() : File.OpenRead(file.Path);
        var ruleset = ShippedSecurityRules.Ruleset;
        // On a terminal the verdicts themselves show how far it has come, and nobody knows how much STDIN has.
        var (flagged, all) = file.IsInput || run.Streams.IsOutTerminal
            ? await JudgeAsync(run, ruleset, file, stream, () => { }, ct)
            : await run.Terminal.WithProgressAsync("bytes scanned", run.Time, progress => JudgeAsync(run, ruleset, file, stream, () => progress.Report(stream.Position, stream.Length), ct));
        run.Terminal.Say($"{flagged} of {all} flagged by {SecurityScan.Validator}, ruleset {ruleset.Digest[..12]}.");
        return flagged > 0 ? ExitCodes.Refused : ExitCodes.Done;
    }

    private async Task<(int Flagged, int All)> JudgeAsync(CommandRun run, SecurityRuleset ruleset, InputFile file, Stream stream, Action judged, CancellationToken ct)
    {
        var (flagged, all) = (0, 0);
        await new ScanBatch(ruleset).RunAsync(stream, verdict =>
        {
            all++;
            if (verdict.Flagged) flagged++;
            if (verdict.Problem is not null) run.Terminal.Complain($"{file.Name} line {verdict.Line}: {verdict.Problem}; it counts as flagged.");
            run.Terminal.JsonLine(verdict with { Findings = Shown(run, verdict.Findings) });
            judged();
        }, ct);
        return (flagged, all);
    }

    private IReadOnlyList<SecurityFinding> Shown(CommandRun run, IReadOnlyList<SecurityFinding> findings) => [.. findings.Where(f => f.Severity >= run.Get(least))];

    private static void Show(Terminal terminal, ScanReport report)
    {
        terminal.DataLine($"{(report.Flagged ? "FLAGGED" : "passed")}  {report.Path}", report.Flagged ? new Style(Color.Red) : Style.Plain);
        foreach (var finding in report.Findings)
        {
            var place = finding.Line > 0 ? string.Create(CultureInfo.InvariantCulture, $"{finding.Path}:{finding.Line}:{finding.Column}") : finding.Path;
            terminal.DataLine($"  {Word(finding.Severity),-8}  {place}  {finding.Rule}  {finding.What}", Style.Plain);
            terminal.DataLine($"            {finding.Excerpt}", Style.Plain);
        }
    }

    private int List(CommandRun run, SecurityRuleset ruleset)
    {
        var listed = ruleset.Rules.Rules.Where(r => r.Severity >= run.Get(least)).OrderBy(r => r.Id, StringComparer.Ordinal).ToList();
        if (run.IsJson)
        {
            run.Terminal.Json(new
            {
                ruleset.Rules.Id,
                ruleset.Rules.Version,
                ruleset.Digest,
                ruleset.Rules.Verdict,
                ruleset.Rules.Limits,
                rules = listed.Select(r => new { r.Id, r.Class, r.Severity, r.What, r.Why }),
            });
            return ExitCodes.Done;
        }
        var table = new DataTable("id", "severity", "what", "why");
        foreach (var rule in listed) table.Add(rule.Id, Word(rule.Severity), rule.What, rule.Why);
        run.Terminal.Data(table);
        run.Terminal.Say($"{ruleset.Rules.Id}@{ruleset.Rules.Version}  {ruleset.Digest}");
        return ExitCodes.Done;
    }

    private static string Word(Severity severity) => severity.ToString().ToLowerInvariant();

    private sealed record ScanReport(string Path, bool Flagged, int Score, IReadOnlyList<SecurityFinding> Findings);
}
