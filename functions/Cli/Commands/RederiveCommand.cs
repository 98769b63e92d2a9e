using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pipeline.Domain.Curation.Reruns;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands;

internal sealed class RederiveCommand : CliCommand
{
    private readonly Argument<string?> skill;
    private readonly Option<string?> family;

    /// <param name="under">The group of commands that it is shown in; empty: none.</param>
    public RederiveCommand(CliContext context, string under = "") : base(
        context, "rederive",
        "Run curation again over its recorded inputs, in an empty ledger in memory, and compare decision by decision and package by package with what is on record. Ends with 1 if something differs.",
        $"{under}rederive", $"{under}rederive renew-loan", $"{under}rederive --family library-desk.renew-loan --json")
    {
        skill = Add(new Argument<string?>("SKILL") { Description = "Only the family of this skill, by id or name. Without it: all families.", Arity = ArgumentArity.ZeroOrOne });
        family = Add(new Option<string?>("--family") { Description = "Only this family.", HelpName = "ID" });
        Validators.Add(result =>
        {
            if (result.GetValue(skill) is not null && result.GetValue(family) is not null) result.AddError("Give either a skill or --family.");
        });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        var (leaves, decisions) = await run.Terminal.WithProgressAsync("decided again", run.Time, progress => ReadAsync(
            ledger.Client.RederiveAsync(run.Get(skill), run.Get(family), ct), progress));

        var counts = Enum.GetValues<RederivationVerdict>().ToDictionary(v => v, v => decisions.Count(d => d.Verdict == v));
        if (run.IsJson)
            run.Terminal.Json(new
            {
                Leaves = leaves,
                Same = counts[RederivationVerdict.Same],
                Differs = counts[RederivationVerdict.Differs],
                Erased = counts[RederivationVerdict.Erased],
                Unreadable = counts[RederivationVerdict.Unreadable],
                Decisions = decisions,
            });
        else run.Terminal.Data(Table(decisions));
        var holds = counts[RederivationVerdict.Differs] + counts[RederivationVerdict.Unreadable] == 0;
        Say(run.Terminal, counts, leaves, holds);
        return holds ? ExitCodes.Done : ExitCodes.Refused;
    }

    private static async Task<(long Leaves, IReadOnlyList<RederivedDecision> Decisions)> ReadAsync(IAsyncEnumerable<JsonElement> lines, IProgressMeter progress)
    {
        var (leaves, total, complete, decisions) = (0L, 0, false, new List<RederivedDecision>());
        await foreach (var line in lines)
        {
            if (line.TryGetProperty("leaves", out var counted)) (leaves, total) = (counted.GetInt64(), line.GetProperty("total").GetInt32());
            else if (line.TryGetProperty("complete", out _)) complete = true;
            else decisions.Add(line.Deserialize<RederivedDecision>(LedgerJson.Options)!);
            progress.Report(decisions.Count, total);
        }
        return complete ? (leaves, decisions) : throw new CliFailure(ExitCodes.NoServer, "The server broke off before it had compared all; its log says why.");
    }

    private static DataTable Table(IReadOnlyList<RederivedDecision> decisions)
    {
        var table = new DataTable("FAMILY", "POINT", "LEAF", "OPERATION", "VERSION", "VERDICT", "WHY");
        foreach (var d in decisions)
        {
            table.Add(
                d.FamilyId, Number(d.Point), d.Leaf is { } leaf ? Number(leaf) : "-", d.Operation.ToString().ToLowerInvariant(),
                d.Version > 0 ? $"{d.SkillId}@{d.Version}" : "-", d.Verdict.ToString().ToLowerInvariant(), d.SinceLeaf is { } since ? $"since leaf {since}: {d.Reason}" : d.Reason);
        }
        return table;
    }

    private static void Say(Terminal terminal, Dictionary<RederivationVerdict, int> counts, long leaves, bool holds)
    {
        var erased = counts[RederivationVerdict.Erased] > 0 ? $" {counts[RederivationVerdict.Erased]} can no longer be made again: what they read was erased." : "";
        if (holds) terminal.Say($"{counts[RederivationVerdict.Same]} decisions up to leaf {leaves} came out as recorded.{erased}");
        else terminal.Complain(
            $"{counts[RederivationVerdict.Differs]} decisions up to leaf {leaves} came out otherwise than recorded, {counts[RederivationVerdict.Unreadable]} cannot be made again and nothing says why, {counts[RederivationVerdict.Same]} are the same.{erased}");
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
