using System.CommandLine;
using System.Globalization;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Archiving;
using Pipeline.Functions.Cli.Commands.Audit;
using Pipeline.Infra.Archives;

namespace Pipeline.Functions.Cli.Commands.Ledger;

internal sealed class ExportCommand : CliCommand
{
    private readonly Argument<string> directory;
    private readonly Option<string?> key;

    public ExportCommand(CliContext context) : base(
        context, "export",
        "Write the whole ledger up to its last checkpoint into a directory: every event, every file of every version, every signed checkpoint. No texts of runs and no keys. "
        + "Interrupted, it goes on where it was; done again later, it adds what is new and takes away what was erased. docs/archive.md says what is in it.",
        "ledger export backup/", "ledger export backup/ --url http://localhost:7071 --key log.pub --json")
    {
        directory = Add(new Argument<string>("DIR") { Description = "Empty or not there yet, or with an earlier export of this ledger." });
        key = Add(new Option<string?>("--key") { Description = "The verifier key that you kept, or a file with some. Without it the log's own word is taken for its keys.", HelpName = "KEY|FILE" });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        var log = (await ledger.Client.CheckpointAsync(ct)).Value;
        if (log.Checkpoint is not { } facts || SignedNote.TryParse(facts.Note) is not { } note || Checkpoint.TryParse(note.Text) is not { } target)
            throw new CliFailure(ExitCodes.NotFound, "Nothing is signed yet; there is a checkpoint a second after the first events are sealed.");
        if (log.Stopped is { } stop) throw new CliFailure(ExitCodes.Refused, $"Not exported: the log is stopped. {stop.Reason}. {stop.WhatToDo}");
        var trusted = await KeptKeys.TrustedAsync(run.Get(key), log, ct);
        if (note.Verify(trusted.Where(k => k.Name == log.Origin)) is { Holds: false } verdict) throw new CliFailure(ExitCodes.Altered, $"The last checkpoint does not hold: {verdict.Problem}.");

        var archive = new ArchiveDirectory(run.Get(directory));
        var export = new LedgerExport(ledger.Client, log, target, trusted);
        ArchiveManifest manifest;
        try
        {
            manifest = await run.Terminal.WithProgressAsync("leaves", run.Time, progress => export.RunAsync(archive, progress, ct));
        }
        catch (ArchiveException e)
        {
            throw new CliFailure(ExitCodes.Altered, $"Not exported: {e.Message}.");
        }
        Show(run, archive, manifest, log, export);
        return ExitCodes.Done;
    }

    private static void Show(CommandRun run, ArchiveDirectory archive, ArchiveManifest manifest, CheckpointAnswer log, LedgerExport export)
    {
        if (run.IsJson) run.Terminal.Json(new { Directory = archive.Root, manifest.Origin, manifest.Size, manifest.Root, Portions = manifest.Leaves.Count, Contents = manifest.Contents.Count, Checkpoints = manifest.Checkpoints.Count, export.Kept, Absent = export.Absent.Select(a => a.Digest), export.Untimely });
        else run.Terminal.DataLine(string.Create(CultureInfo.InvariantCulture, $"{manifest.Origin}  {manifest.Size} leaves  {manifest.Root}"), Spectre.Console.Style.Plain);
        run.Terminal.Say(string.Create(CultureInfo.InvariantCulture, $"{archive.Root} has {manifest.Size} leaves, {manifest.Contents.Count} contents and {manifest.Checkpoints.Count} checkpoints{(export.Kept > 0 ? $"; {export.Kept} files of an earlier export were kept" : "")}."));
        foreach (var (digest, what) in export.Absent) run.Terminal.Say($"Not in it, for the ledger does not have it: {digest}, {what}. The archive says so.");
        if (export.Untimely > 0) run.Terminal.Say(string.Create(CultureInfo.InvariantCulture, $"{export.Untimely} checkpoints are left out: they cannot have been signed at the times that the ledger has for them."));
        if (log.Leaves > manifest.Size) run.Terminal.Say(string.Create(CultureInfo.InvariantCulture, $"{log.Leaves - manifest.Size} leaves are not signed yet and not in it."));
        run.Terminal.Say("What the runs said, and every key, are not in it: keep the home's keys/ folder elsewhere, and back the database up if runs are to be read again.");
    }
}
