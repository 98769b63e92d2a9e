using System.CommandLine;
using System.Globalization;

namespace Pipeline.Functions.Cli.Commands.Audit;

internal sealed class BundleCommand : CliCommand
{
    private readonly Argument<string> skill;
    private readonly Option<string> output;

    public BundleCommand(CliContext context) : base(
        context, "bundle",
        "Write one file with a version of a skill and all that proves where it came from: the events behind it, each with its proof, the checkpoint, and the files. "
        + "`audit verify --bundle` checks it anywhere. No text of a run is in it.",
        "audit bundle retail-return-items@3 -o return-items.bundle.json")
    {
        skill = Add(new Argument<string>("SKILL@VERSION") { Description = "A skill by id or name, and one of its versions." });
        output = Add(new Option<string>("--output", "-o") { Description = "The file.", HelpName = "FILE", Required = true });
        Validators.Add(VersionWanted.On(skill));
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var (id, version) = SkillReference.Parse(run.Get(skill));
        var file = run.Get(output)!;
        await using var ledger = await run.ConnectAsync(ct);
        var bundle = await ledger.Client.BundleAsync(id, version!.Value, ct);
        await File.WriteAllBytesAsync(file, bundle, ct);
        if (run.IsJson) run.Terminal.Json(new { File = file, Bytes = bundle.Length });
        run.Terminal.Say(string.Create(CultureInfo.InvariantCulture, $"{file}: {bundle.Length} bytes. Whoever has it and the log's key checks it with `{Invocation.Of($"audit verify --bundle {file} --key KEY")}`."));
        return ExitCodes.Done;
    }
}

/// <summary>For commands that are about one version.</summary>
internal static class VersionWanted
{
    public static Action<System.CommandLine.Parsing.CommandResult> On(Argument<string> skill) => result =>
    {
        if (result.GetValue(skill) is { } told && SkillReference.Parse(told).Version is null) result.AddError($"Name a version: {told}@1.");
    };
}
