using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Pipeline.Domain.Curation.Reruns;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Auditing;

namespace Pipeline.Functions.Cli.Commands;

internal sealed class RederiveCommand : CliCommand
{
    private readonly Argument<string?> skill;
    private readonly Option<string?> family;
    private readonly Option<bool> resume;
    private readonly string name;

    /// <param name="under">The group of commands that it is shown in; empty: none.</param>
    public RederiveCommand(CliContext context, string under = "") : base(
        context, "rederive",
        "Run curation again over its recorded inputs, in an empty ledger in memory, and compare decision by decision and package by package with what is on record. Ends with 1 if something differs.",
        $"{under}rederive", $"{under}rederive renew-loan", $"{under}rederive --family library-desk.renew-loan --json", $"{under}rederive --resume")
    {
        name = $"{under}rederive";
        skill = Add(new Argument<string?>("SKILL") { Description = "Only the family of this skill, by id or name. Without it: all families.", Arity = ArgumentArity.ZeroOrOne });
        family = Add(new Option<string?>("--family") { Description = "Only this family.", HelpName = "ID" });
        resume = Add(new Option<bool>("--resume") { Description = "Go on where an interrupted one about the same had come to: what it compared is not compared again." });
        Validators.Add(result =>
        {
            if (result.GetValue(skill) is not null && result.GetValue(family) is not null) result.AddError("Give either a skill or --family.");
        });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        var about = run.Get(skill) ?? (run.Get(family) is { } id ? $"--family {id}" : "");
        await using var place = RerunPlace.In(run.Home.Path, (await ledger.Client.CheckpointAsync(ct)).Value.Origin, about);
        var before = run.Get(resume) ? await place.ReadAsync(ct) : null;
        if (run.Get(resume) && before is null) run.Terminal.Say("There is nothing to go on from: beginning anew.");

        var rerun = new Rerun(run, after => ledger.Client.RederiveAsync(run.Get(skill), run.Get(family), after, ct), place);
        try
        {
            await run.Terminal.WithProgressAsync("decided again", run.Time, async progress => await rerun.ReadAsync(before, progress));
        }
        catch (Exception) when (rerun.Decisions.Count > 0)
        {
            run.Terminal.Say(string.Create(
                CultureInfo.InvariantCulture, $"It had compared {rerun.Decisions.Count} of {rerun.Head.Total}; `{Invocation.Of(string.Join(' ', new[] { name, about, "--resume" }.Where(w => w.Length > 0)))}` goes on from there."));
            throw;
        }
        await place.ForgetAsync();
        var (leaves, decisions) = (rerun.Head.Leaves, rerun.Decisions);

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
            $"{counts[RederivationVerdict.Differs]} decisions up to leaf {leaves} came out otherwise than recorded, {counts[RederivationVerdict.Unreadable]} cannot be made again without having been erased, {counts[RederivationVerdict.Same]} are the same.{erased}");
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed class Rerun(CommandRun run, Func<long, IAsyncEnumerable<JsonElement>> ask, RerunPlace place)
    {
        private readonly List<RederivedDecision> decisions = [];

        public RerunHead Head { get; private set; } = new(0, 0, "");

        public IReadOnlyList<RederivedDecision> Decisions => decisions;

        public async Task<bool> ReadAsync(ComparedSoFar? before, IProgressMeter progress)
        {
            var complete = false;
            await foreach (var line in ask(before?.Leaf ?? -1))
            {
                if (line.TryGetProperty("leaves", out _))
                {
                    Head = line.Deserialize<RerunHead>(LedgerJson.Options)!;
                    if (before is not null && Objection(before.Head) is { Length: > 0 } objection)
                    {
                        run.Terminal.Say($"{objection}: beginning anew.");
                        return await ReadAsync(null, progress);
                    }
                    if (before is not null) run.Terminal.Say(string.Create(CultureInfo.InvariantCulture, $"Going on after leaf {before.Leaf}, with {before.Decisions.Count} decisions compared before."));
                    decisions.AddRange(before?.Decisions ?? []);
                    await place.BeginAsync(Head, decisions);
                }
                else if (line.TryGetProperty("complete", out _)) complete = true;
                else
                {
                    decisions.Add(line.Deserialize<RederivedDecision>(LedgerJson.Options)!);
                    await place.AddAsync(decisions[^1]);
                }
                // Of what was left to do: the rate is this run's.
                progress.Report(decisions.Count - (before?.Decisions.Count ?? 0), Head.Total - (before?.Decisions.Count ?? 0));
            }
            return complete ? true : throw new CliFailure(ExitCodes.NoServer, "The server broke off before it had compared all; its log says why.");
        }

        private string Objection(RerunHead then) =>
            then.Program != Head.Program ? $"The interrupted one was made by {then.Program}, and {Head.Program} decides now"
            : then.Leaves > Head.Leaves ? "The ledger has fewer leaves than it had then"
            : "";
    }
}
