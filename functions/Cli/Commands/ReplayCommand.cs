using System.CommandLine;
using System.Globalization;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Exporting;

namespace Pipeline.Functions.Cli.Commands;

internal sealed class ReplayCommand : CliCommand
{
    private readonly Argument<string> skill;
    private readonly Option<string?> asOf;
    private readonly Option<string?> folder;

    public ReplayCommand(CliContext context) : base(
        context, "replay",
        "Rebuild a version of a skill from the events, print its SKILL.md, and check its digest against the recorded one. Ends with 1 if they differ.",
        "replay renew-loan@2", "replay renew-loan --as-of 120 --out rebuilt/", "replay renew-loan --as-of 2026-03-01T12:00:00Z --json")
    {
        skill = Add(new Argument<string>("SKILL[@VERSION]") { Description = "A skill by id or name. Without a version: the one that is served." });
        asOf = Add(new Option<string?>("--as-of") { Description = "The version that was served at a leaf, or at the last checkpoint that was signed at or before a time (ISO 8601).", HelpName = "LEAF|TIME" });
        folder = Add(new Option<string?>("--out") { Description = "Write the files to a folder, which must not be there yet.", HelpName = "DIR" });
        asOf.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && !IsMoment(token.Value)) result.AddError($"--as-of is a leaf such as 120 or a time such as 2026-03-01T12:00:00Z, not {token.Value}.");
        });
        Validators.Add(result =>
        {
            if (result.GetValue(asOf) is not null && result.GetValue(skill) is { } told && SkillReference.Parse(told).Version is not null)
                result.AddError("Give either a version or --as-of.");
        });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var (id, version) = SkillReference.Parse(run.Get(skill));
        await using var ledger = await run.ConnectAsync(ct);
        var replay = (await ledger.Client.ReplayAsync(id, version, run.Get(asOf), ct)).Value;
        var package = Package.Of(replay.Files.Select(f => new PackageFile(f.Path, f.Mode, f.Content ?? [])));
        var doesMatch = replay.Matches && package.Digest == replay.RecordedDigest;

        if (run.Get(folder) is { } target) await WriteAsync(target, package, ct);
        if (run.IsJson)
            run.Terminal.Json(new
            {
                replay.Skill,
                replay.Version,
                replay.Leaf,
                replay.CheckpointSignedAt,
                replay.RecordedDigest,
                ReplayedDigest = package.Digest,
                Matches = doesMatch,
                replay.ErasedSince,
                replay.Problem,
                Files = package.Manifest.Files,
            });
        else run.Terminal.Text(package.SkillText);
        Say(run.Terminal, replay, package.Digest, doesMatch);
        return doesMatch ? ExitCodes.Done : ExitCodes.Refused;
    }

    private static void Say(Terminal terminal, ReplayAnswer replay, string digest, bool doesMatch)
    {
        if (replay.CheckpointSignedAt is { } signed) terminal.Say($"The last checkpoint then was signed {signed.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture)} over {replay.Leaf} leaves.");
        if (doesMatch) terminal.Say($"{replay.Skill}@{replay.Version} as of leaf {replay.Leaf}: rebuilt with the recorded digest {digest}.");
        else if (replay.ErasedSince is not null) terminal.Complain($"{replay.Skill}@{replay.Version} as of leaf {replay.Leaf} cannot be rebuilt: {replay.Problem}. That was recorded; nobody tampered with it.");
        else terminal.Complain($"{replay.Skill}@{replay.Version} as of leaf {replay.Leaf}: recorded {replay.RecordedDigest}, but what was rebuilt is {digest}. Something was altered.");
    }

    private static async Task WriteAsync(string target, Package package, CancellationToken ct)
    {
        try
        {
            await SkillFolder.WriteFilesAsync(target, package, ct);
        }
        catch (IOException e)
        {
            throw new CliFailure(ExitCodes.Refused, $"The files cannot be written to {target}: {e.Message}. Choose a folder that is not there yet.");
        }
    }

    private static bool IsMoment(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _)
        || DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _);
}
