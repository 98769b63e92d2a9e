using System.CommandLine;
using System.Globalization;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands.Release;

/// <summary>A command about the releases of a stage.</summary>
internal abstract class StageCommand : CliCommand
{
    private const string EnvironmentName = "AZURE_ENV_NAME";
    private const string Here = "local";

    private readonly Option<string?> stage;

    protected StageCommand(CliContext context, string name, string description, params string[] examples) : base(context, name, description, examples)
    {
        stage = Add(new Option<string?>("--stage") { Description = $"Whose releases, as the deployment is called. [default: {EnvironmentName}, or {Here}]", HelpName = "STAGE" });
    }

    protected string Stage(CommandRun run) =>
        run.Get(stage) is { Length: > 0 } told ? told : Environment.GetEnvironmentVariable(EnvironmentName) is { Length: > 0 } name ? name : Here;

    protected Option<string?> AddFile() =>
        Add(new Option<string?>("--file") { Description = "The manifest: which version each alias is to name (docs/releases.md). [default: releases/STAGE.yaml]", HelpName = "FILE" });

    protected Option<string?> AddCommit() => Add(new Option<string?>("--commit") { Description = "The commit that is deployed. It is kept in the ledger.", HelpName = "SHA" });

    protected Option<string?> AddDeployment() => Add(new Option<string?>("--deployment") { Description = "The deployment that this belongs to. It is kept in the ledger.", HelpName = "ID" });

    protected static async Task<byte[]> ManifestAsync(string? told, string stage, CancellationToken ct)
    {
        var path = told ?? Path.Combine("releases", $"{stage}.yaml");
        if (!File.Exists(path)) throw new CliFailure(ExitCodes.Usage, $"There is no file {path}.{(told is null ? " --file names another." : "")}");
        return await File.ReadAllBytesAsync(path, ct);
    }
}

internal sealed class PlanCommand : StageCommand
{
    private readonly Option<string?> file;
    private readonly Option<string?> to;

    public PlanCommand(CliContext context) : base(
        context, "plan", "Show what a manifest would change and why it would be refused, and where the ledger is otherwise than the release that stands. Changes nothing.",
        "release plan --stage production", "release plan --stage test --file releases/next.yaml --json", "release plan --stage production --to 3f2a9c1b")
    {
        file = AddFile();
        to = Add(new Option<string?>("--to") { Description = "Instead of a manifest: a release that stood on the stage, by its id or its first digits.", HelpName = "RELEASE" });
        Validators.Add(result =>
        {
            if (result.GetValue(file) is not null && result.GetValue(to) is not null) result.AddError("--file and --to exclude one another: a manifest, or a release that stood before.");
        });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var (stage, earlier) = (Stage(run), run.Get(to));
        var manifest = earlier is null ? await ManifestAsync(run.Get(file), stage, ct) : [];
        await using var ledger = await run.ConnectAsync(ct);
        var answer = await ledger.Client.PlanReleaseAsync(stage, manifest, earlier, ct);
        run.Answer(answer, plan => ReleaseLines.ShowPlan(run.Terminal, plan));
        if (answer.Value.Refused is not { } refused) return ExitCodes.Done;
        return refused.Code.EndsWith("-unknown", StringComparison.Ordinal) ? ExitCodes.NotFound : ExitCodes.Refused;
    }
}

internal sealed class ApplyCommand : StageCommand
{
    private readonly Option<string?> file;
    private readonly Option<string?> commit;
    private readonly Option<string?> deployment;

    public ApplyCommand(CliContext context) : base(
        context, "apply", "Let aliases name the versions that a manifest says, and hold them there: all of it, or nothing. Twice is once.",
        "release apply --stage production", "release apply --stage production --file releases/production.yaml --commit 9f2c1e7 --deployment 20261120.3")
    {
        file = AddFile();
        commit = AddCommit();
        deployment = AddDeployment();
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var stage = Stage(run);
        var manifest = await ManifestAsync(run.Get(file), stage, ct);
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.ApplyReleaseAsync(stage, manifest, run.Get(commit) ?? "", run.Get(deployment) ?? "", ct), answer => ReleaseLines.Show(run.Terminal, answer));
        return ExitCodes.Done;
    }
}

internal sealed class RollbackCommand : StageCommand
{
    private readonly Argument<string> release;
    private readonly Option<string> reason;
    private readonly Option<string?> commit;
    private readonly Option<string?> deployment;

    public RollbackCommand(CliContext context) : base(
        context, "rollback", "Go back to a release that stood on the stage: its pins again, all of them or nothing.",
        "release rollback 3f2a9c1b --stage production --reason \"renewals fail since noon\"")
    {
        release = Add(new Argument<string>("RELEASE") { Description = "Its id, or the first eight digits or more; `release history` lists them." });
        reason = Add(new Option<string>("--reason") { Description = "Why. It is kept in the ledger.", HelpName = "TEXT", DefaultValueFactory = _ => "by hand" });
        commit = AddCommit();
        deployment = AddDeployment();
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(
            await ledger.Client.RollBackReleaseAsync(Stage(run), run.Get(release), run.Get(reason)!, run.Get(commit) ?? "", run.Get(deployment) ?? "", ct),
            answer => ReleaseLines.Show(run.Terminal, answer));
        return ExitCodes.Done;
    }
}

internal sealed class ReleaseHistoryCommand(CliContext context) : StageCommand(
    context, "history", "List the releases of a stage, the newest first, and where the ledger is otherwise than the one that stands.",
    "release history --stage production", "release history --stage production --json")
{
    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        run.Answer(await ledger.Client.ReleasesAsync(Stage(run), ct), answer =>
        {
            var table = new DataTable("release", "what", "at", "by", "aliases", "commit", "deployment", "why");
            foreach (var r in answer.Releases)
                table.Add(ReleaseLines.Short(r.Release), ReleaseLines.What(r), r.At, r.By, r.Pins.Count.ToString(CultureInfo.InvariantCulture), r.Commit, r.Deployment, r.Reason);
            run.Terminal.Data(table);
            if (answer.Releases.Count == 0) run.Terminal.Say($"Nothing was ever released on {answer.Stage}. `{Invocation.Of("release apply")}` does that.");
            ReleaseLines.ShowDrift(run.Terminal, answer.Drift);
        });
        return ExitCodes.Done;
    }
}
