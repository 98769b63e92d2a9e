using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pipeline.Domain.Curation.Reruns;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;

namespace Pipeline.Functions.Cli.Commands;

internal sealed class WhatIfCommand : CliCommand
{
    private readonly Option<string> policy;
    private readonly Option<bool> all;

    /// <param name="under">The group of commands that it is shown in; empty: none.</param>
    public WhatIfCommand(CliContext context, string under = "") : base(
        context, "whatif",
        "Run another policy over the same history, with the built-in composer, and show which decisions would differ and what library would stand at the end. Nothing is written. Each decision follows from those before it, so one that was interrupted begins anew.",
        $"{under}whatif --policy slim", $"{under}whatif --policy mine.yaml --all", $"{under}whatif --policy slim --json")
    {
        policy = Add(new Option<string>("--policy") { Description = "A policy by id (published, or one that the program comes with), or a YAML file.", HelpName = "ID|FILE", Required = true });
        all = Add(new Option<bool>("--all") { Description = "Show the decisions and skills that would be the same, too." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var told = run.Get(policy)!;
        var file = File.Exists(told) ? await File.ReadAllBytesAsync(told, ct) : null;
        if (file is null && told.AsSpan().ContainsAny("/\\."))
            throw new CliFailure(ExitCodes.Usage, $"There is no file {told}; --policy is the id of a policy or a YAML file.");
        await using var ledger = await run.ConnectAsync(ct);
        var answer = await run.Terminal.WithProgressAsync("decided again", run.Time, progress => ReadAsync(
            ledger.Client.WhatIfAsync(file is null ? told : null, file, ct), progress));

        if (run.IsJson)
            run.Terminal.Json(new
            {
                answer.Policy,
                answer.Leaves,
                Same = answer.Decisions.Count(d => !d.Differs),
                Differs = answer.Decisions.Count(d => d.Differs),
                answer.Decisions,
                answer.InVain,
                Library = answer.Skills,
            });
        else Show(run.Terminal, answer, run.Get(all));
        return ExitCodes.Done;
    }

    private static async Task<Answer> ReadAsync(IAsyncEnumerable<JsonElement> lines, IProgressMeter progress)
    {
        var (answer, total, complete) = (new Answer(), 0, false);
        await foreach (var line in lines)
        {
            if (Is(line, "leaves", out var leaves))
                (answer, total) = (answer with { Leaves = leaves.GetInt64(), Policy = Read<PolicyReference>(line.GetProperty("policy")) }, line.GetProperty("total").GetInt32());
            else if (Is(line, "decision", out var decision)) answer.Decisions.Add(Read<WhatIfDecision>(decision));
            else if (Is(line, "skill", out var skill)) answer.Skills.Add(Read<SkillSideBySide>(skill));
            else if (Is(line, "inVain", out var inVain)) answer.InVain.Add(Read<ByHandInVain>(inVain));
            else complete = Is(line, "complete", out _);
            progress.Report(answer.Decisions.Count(d => d.Recorded is not null), total);
        }
        return complete ? answer : throw new CliFailure(ExitCodes.NoServer, "The server broke off before it had decided all; its log says why.");
    }

    private static bool Is(JsonElement line, string member, out JsonElement value) => line.TryGetProperty(member, out value);

    private static T Read<T>(JsonElement value) => value.Deserialize<T>(LedgerJson.Options)!;

    private static void Show(Terminal terminal, Answer answer, bool all)
    {
        var decisions = new DataTable("FAMILY", "POINT", "LEAF", "RECORDED", "WOULD BE", "WHY");
        foreach (var d in answer.Decisions.Where(d => all || d.Differs))
            decisions.Add(d.FamilyId, Number(d.Point), d.Leaf is { } leaf ? Number(leaf) : "-", Text(d.Recorded), Text(d.WouldBe), d.Why);
        terminal.Data(decisions);

        var skills = new DataTable("SKILL", "RECORDED", "WOULD BE");
        foreach (var s in answer.Skills.Where(s => all || s.Differs)) skills.Add(s.SkillId, Text(s.Recorded), Text(s.WouldBe));
        terminal.Text("\n");
        terminal.Data(skills);

        foreach (var v in answer.InVain) terminal.Say($"Left out: {v.Event} of {v.SkillId} by hand at leaf {v.Leaf}: {v.Reason}.");
        var unreadable = answer.Decisions.Count(d => d.Unreadable > 0);
        if (unreadable > 0) terminal.Say($"{unreadable} decisions were made without runs whose text was erased since, or is gone.");
        terminal.Say($"Under {answer.Policy.Id}@{answer.Policy.Version}, {answer.Decisions.Count(d => d.Differs)} of {answer.Decisions.Count} decisions up to leaf {answer.Leaves} would differ, and {answer.Skills.Count(s => s.Differs)} of {answer.Skills.Count} skills.");
    }

    private static string Text(WhatIfConclusion? conclusion) => conclusion switch
    {
        null => "-",
        { Version: > 0 } => $"{Word(conclusion.Operation)} {conclusion.SkillId}@{conclusion.Version} {Short(conclusion.PackageDigest)}",
        _ => $"{Word(conclusion.Operation)} ({conclusion.ReasonCode})",
    };

    private static string Text(SkillSide? side) =>
        side is null ? "-" : $"{side.Status.ToString().ToLowerInvariant()}, {Number(side.Versions)} version{(side.Versions == 1 ? "" : "s")}, {Short(side.PackageDigest)}";

    // Of the digest as much as tells two versions of a skill apart.
    private static string Short(string digest) => digest.Length > Digest.Prefix.Length + 8 ? digest[Digest.Prefix.Length..][..8] : digest;

    private static string Word(CurationOperation operation) => operation.ToString().ToLowerInvariant();

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed record Answer
    {
        public PolicyReference Policy { get; init; } = new("", 0, "");
        public long Leaves { get; init; }
        public List<WhatIfDecision> Decisions { get; } = [];
        public List<SkillSideBySide> Skills { get; } = [];
        public List<ByHandInVain> InVain { get; } = [];
    }
}
