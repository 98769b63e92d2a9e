using System.CommandLine;
using System.Globalization;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Functions.Cli.Commands.Audit;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Local;
using Pipeline.Infra.Archives;
using Pipeline.Infra.Log;

namespace Pipeline.Functions.Cli.Commands.Ledger;

internal sealed class ImportCommand : CliCommand
{
    private readonly Argument<string> directory;
    private readonly Option<string?> key;
    private readonly Option<string[]> kept;
    private readonly Option<bool> dryRun;

    public ImportCommand(CliContext context) : base(
        context, "import",
        "Verify an archive, and put it into an empty ledger: the same leaves with the same hashes and root, and everything that follows from them. Interrupted, it goes on where it was. "
        + "Ends with 5 if the archive is not what was signed; nothing is imported then.",
        "ledger import backup/ --home restored/ --key log.pub", "ledger import backup/ --dry-run --key log.pub --kept monday.checkpoint")
    {
        directory = Add(new Argument<string>("DIR") { Description = "What `ledger export` wrote." });
        key = Add(new Option<string?>("--key") { Description = "The verifier key that you kept, or a file with some. Without it the archive's own word is taken for its keys.", HelpName = "KEY|FILE" });
        kept = Add(new Option<string[]>("--kept") { Description = "A checkpoint that you kept, which the archive must lead to. May be given several times.", HelpName = "FILE" });
        dryRun = Add(new Option<bool>("--dry-run") { Description = "Only verify the archive. Needs no database." });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        if (run.Url is not null) throw new CliFailure(ExitCodes.Usage, $"An import works on the database itself and not through a server: leave --url out, and name a --home, or a database in {LedgerServerOptions.ConnectionStringVariable}.");
        if (!run.Get(dryRun) && await RunningServer.FindAsync(run.Home, ct) is not null)
            throw new CliFailure(ExitCodes.Refused, $"A server runs for {run.Home.Path}. Import into another --home, or stop it with `{Invocation.Of("down")}` if its ledger is empty.");

        var archive = new ArchiveDirectory(run.Get(directory));
        var verified = await VerifyAsync(run, archive, ct);
        if (run.Get(dryRun))
        {
            Show(run, verified, imported: false, null);
            return ExitCodes.Done;
        }
        await using var database = await OpenAsync(run, ct);
        var outcome = await run.Terminal.WithProgressAsync("leaves", run.Time, progress => ImportAsync(new LedgerImport(database.Source, run.Time), archive, verified, progress, ct));
        if (outcome is ImportOutcome.Refused refused) throw new CliFailure(ExitCodes.Refused, $"Nothing was imported: {refused.Message}.");
        Show(run, verified, imported: true, ((ImportOutcome.Done)outcome).ResumedAt);
        await SayHowItGoesOnAsync(run, verified, ct);
        return ExitCodes.Done;
    }

    private async Task<VerifiedArchive> VerifyAsync(CommandRun run, ArchiveDirectory archive, CancellationToken ct)
    {
        var keys = run.Get(key) is { } told ? await KeptKeys.ReadAsync(told, ct) : null;
        if (keys is null) run.Terminal.Say("Without --key this takes the archive's own word for its keys: whoever wrote it could have made them. `audit key show` gives the key to keep.");
        var notes = new List<(string, byte[])>();
        foreach (var file in run.Get(kept) ?? []) notes.Add((file, File.Exists(file) ? await File.ReadAllBytesAsync(file, ct) : throw new CliFailure(ExitCodes.Usage, $"There is no file {file}.")));
        try
        {
            return await run.Terminal.WithProgressAsync("verifying", run.Time, progress =>
                new ArchiveVerification(archive, keys, notes).RunAsync((done, total, what) => progress.Report(done, total, $"verifying {what}"), ct));
        }
        catch (ArchiveException e)
        {
            throw new CliFailure(ExitCodes.Altered, $"The archive does not hold, and nothing was imported: {e.Message}.");
        }
    }

    private static async Task<ImportOutcome> ImportAsync(LedgerImport import, ArchiveDirectory archive, VerifiedArchive verified, IProgressMeter progress, CancellationToken ct)
    {
        try
        {
            return await import.RunAsync(archive, verified, (done, total, what) => progress.Report(done, total, $"importing {what}"), ct);
        }
        catch (ArchiveException e)
        {
            throw new CliFailure(ExitCodes.Altered, $"The import stopped, and the ledger is not to be used: {e.Message}.");
        }
    }

    private static async Task<LedgerDatabase> OpenAsync(CommandRun run, CancellationToken ct)
    {
        try
        {
            return await LedgerDatabase.OpenAsync(new LedgerServerOptions(run.Home), run.Terminal.Say, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new CliFailure(ExitCodes.NoServer, $"The database could not be opened: {e.Message}");
        }
    }

    private static void Show(CommandRun run, VerifiedArchive archive, bool imported, long? resumedAt)
    {
        var manifest = archive.Manifest;
        if (run.IsJson) run.Terminal.Json(new { Imported = imported, manifest.Origin, manifest.Size, manifest.Root, Contents = archive.Contents.Count, Erased = archive.Erased.Count, Absent = archive.Absent.Select(a => a.Digest), Checkpoints = manifest.Checkpoints.Count, manifest.Program, ResumedAt = resumedAt });
        else run.Terminal.DataLine(string.Create(CultureInfo.InvariantCulture, $"{manifest.Origin}  {manifest.Size} leaves  {manifest.Root}"), Spectre.Console.Style.Plain);
        var erased = archive.Erased.Count > 0 ? string.Create(CultureInfo.InvariantCulture, $", {archive.Erased.Count} contents erased on record") : "";
        run.Terminal.Say(string.Create(CultureInfo.InvariantCulture, $"{(imported ? "Imported" : "The archive holds")}: {manifest.Size} leaves, {manifest.Checkpoints.Count} checkpoints, {archive.Contents.Count} contents{erased}."));
        foreach (var (digest, what, leaf) in archive.Absent)
            run.Terminal.Say(string.Create(CultureInfo.InvariantCulture, $"Not in it, by the word of who exported it: {digest}, {what} that leaf {leaf} names."));
    }

    private static async Task SayHowItGoesOnAsync(CommandRun run, VerifiedArchive archive, CancellationToken ct)
    {
        run.Terminal.Say("The texts of the runs are not in an archive: decisions that read them cannot be made again here, and messages that were handled before the export are not known as such.");
        if (archive.Keys.Current is not { } current || LogKeys.KeyOf(current) is not { } signing) return;
        if (await ProgramKeys.OfLog(run.Home.Path).FindAsync(signing, ct) is not null)
        {
            run.Terminal.Say($"The log's key {signing.IdText} is kept here: the log goes on as {archive.Manifest.Origin}. See to it that it goes on nowhere else.");
            return;
        }
        run.Terminal.Say(
            $"The log's key {signing.IdText} is not kept here, so what comes next is sealed and not signed. If the ledger moves here, put its file into keys/log/; "
            + $"if this is a copy, let it begin a log of its own with `{Invocation.Of("audit checkpoint --accept-fork --reason TEXT")}`; "
            + $"if the key is lost, introduce another with `{Invocation.Of("audit key rotate --lost --reason TEXT")}`. docs/archive.md says more.");
    }
}
