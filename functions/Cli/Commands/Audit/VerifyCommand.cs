using System.CommandLine;
using System.Globalization;
using Pipeline.Domain.Ledger.Audit;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Auditing;

namespace Pipeline.Functions.Cli.Commands.Audit;

internal sealed class VerifyCommand : CliCommand
{
    private readonly Option<string?> key;
    private readonly Option<string[]> kept;
    private readonly Option<bool> resume;
    private readonly Option<string?> bundle;
    private readonly Option<string?> inToto;

    public VerifyCommand(CliContext context) : base(
        context, "verify",
        "Go over the whole ledger: hash every event again, rebuild the tree, compare it with every signed checkpoint and those that you kept, check every file of every version and every other content that an event names (policies, reports, what models were asked), and "
        + "compare the read models with a rebuild. Says what is wrong and where first. Ends with 5 if something is. "
        + "With --bundle or --in-toto it checks a file that was taken from a ledger, and needs nothing but that file and the key.",
        "audit verify", "audit verify --key log.pub --kept monday.checkpoint --json", "audit verify --resume",
        "audit verify --bundle return-items.bundle.json --key log.pub", "audit verify --in-toto return-items.intoto.json --key log.pub")
    {
        key = Add(new Option<string?>("--key") { Description = "The verifier key that you kept, or a file with some. Without it the log's own word is taken for its keys.", HelpName = "KEY|FILE" });
        kept = Add(new Option<string[]>("--kept") { Description = "A checkpoint that you kept, which the log must lead to, and a file not contradict. May be given several times.", HelpName = "FILE" });
        resume = Add(new Option<bool>("--resume") { Description = "Go on where an interrupted one had come to." });
        bundle = Add(new Option<string?>("--bundle") { Description = "Check what `audit bundle` wrote, offline. Needs --key.", HelpName = "FILE" });
        inToto = Add(new Option<string?>("--in-toto") { Description = "Check what `audit provenance --in-toto` wrote, offline. Needs --key.", HelpName = "FILE" });
        Validators.Add(result =>
        {
            if (result.GetValue(bundle) is null && result.GetValue(inToto) is null) return;
            if (result.GetValue(bundle) is not null && result.GetValue(inToto) is not null) result.AddError("Give either --bundle or --in-toto.");
            if (result.GetValue(key) is null) result.AddError("A file is checked with a key that you have from elsewhere: --key.");
            if (result.GetValue(resume)) result.AddError("--resume is for the whole ledger, and not for a file.");
        });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var keptNotes = new List<(string Name, byte[] Note)>();
        foreach (var note in run.Get(kept) ?? []) keptNotes.Add((note, await ReadAsync(note, ct)));
        if (run.Get(bundle) is { } file) return await FileVerification.BundleAsync(run, file, await KeptKeys.ReadAsync(run.Get(key)!, ct), [.. keptNotes.Select(CheckpointOf)], ct);
        if (run.Get(inToto) is { } statement) return await FileVerification.InTotoAsync(run, statement, await KeptKeys.ReadAsync(run.Get(key)!, ct), [.. keptNotes.Select(CheckpointOf)], ct);
        await using var ledger = await run.ConnectAsync(ct);
        var log = (await ledger.Client.CheckpointAsync(ct)).Value;
        if (run.Get(key) is null) run.Terminal.Say("Without --key this takes the log's own word for its keys: `audit key show` gives the key to keep.");
        var trusted = await KeptKeys.TrustedAsync(run.Get(key), log, ct);
        var place = AuditPlace.In(run.Home.Path, log.Origin);
        var before = run.Get(resume) ? await place.ReadAsync(ct) : null;
        if (run.Get(resume) && before is null)
            run.Terminal.Say(place.IsThere ? "What an interrupted one left cannot be read; another version of the program may have written it: beginning anew." : "There is nothing to go on from: beginning anew.");
        var begin = before ?? AuditState.Begin;
        if (keptNotes.Any(k => SignedNote.TryParse(k.Item2) is { } note && Checkpoint.TryParse(note.Text) is { } checkpoint && !LogAudit.Covers(begin, checkpoint)))
        {
            run.Terminal.Say("The interrupted one was not given all of these checkpoints and is past them: beginning anew.");
            begin = AuditState.Begin;
        }
        if (begin.Size > 0) run.Terminal.Say(string.Create(CultureInfo.InvariantCulture, $"Going on from leaf {begin.Size}."));

        var verification = new LedgerVerification(ledger.Client, log, trusted, keptNotes, run.Time);
        var audit = await VerifyAsync(run, verification, begin, place, ct);
        IReadOnlyList<AuditFinding> findings = [.. audit.Findings.Concat(await verification.RestAsync(ct)).OrderBy(f => f.Leaf)];
        place.Forget();
        Show(run, log, verification, audit, findings);
        return findings.Count == 0 ? ExitCodes.Done : ExitCodes.Altered;
    }

    private static async Task<LogAudit> VerifyAsync(CommandRun run, LedgerVerification verification, AuditState begin, AuditPlace place, CancellationToken ct)
    {
        var last = begin;
        try
        {
            return await run.Terminal.WithProgressAsync("leaves", run.Time, progress => verification.RunAsync(begin, async state => await place.KeepAsync(last = state), progress, ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            run.Terminal.Say(string.Create(CultureInfo.InvariantCulture, $"It had come to leaf {last.Size}; `{Invocation.Of("audit verify --resume")}` goes on from there."));
            throw;
        }
    }

    private static void Show(CommandRun run, CheckpointAnswer log, LedgerVerification verification, LogAudit audit, IReadOnlyList<AuditFinding> findings)
    {
        var leaves = audit.State.Size;
        if (run.IsJson)
        {
            run.Terminal.Json(new { Holds = findings.Count == 0, log.Origin, Leaves = leaves, Root = audit.Root.ToBase64(), verification.Checkpoints, Files = audit.Contents.Count, verification.Contents, Erased = audit.Purged.Count, verification.Stopped, Findings = findings });
            return;
        }
        if (findings.Count > 0)
        {
            var table = new DataTable("check", "leaf", "what is wrong");
            foreach (var f in findings) table.Add(f.Check, f.Leaf.ToString(CultureInfo.InvariantCulture), f.What);
            run.Terminal.Data(table);
            run.Terminal.Complain(string.Create(CultureInfo.InvariantCulture, $"The ledger does not hold: {findings.Count} {(findings.Count == 1 ? "finding" : "findings, the first")} at leaf {findings[0].Leaf}. docs/audit.md says what each check finds."));
            if (verification.Stopped is { } stop) run.Terminal.Complain($"The log is stopped: {stop.Reason}. {stop.WhatToDo}");
            return;
        }
        var erased = audit.Purged.Count > 0 ? string.Create(CultureInfo.InvariantCulture, $", {audit.Purged.Count} contents erased on record") : "";
        run.Terminal.DataLine(string.Create(CultureInfo.InvariantCulture, $"{log.Origin}  {leaves} leaves  {audit.Root.ToBase64()}"), Spectre.Console.Style.Plain);
        run.Terminal.Say(string.Create(CultureInfo.InvariantCulture, $"The ledger holds: {leaves} leaves, {verification.Checkpoints} checkpoints, {audit.Contents.Count} files of versions and {verification.Contents - audit.Contents.Count} other contents{erased}. `{Invocation.Of("index check")}` compares the search index."));
    }

    private static (string Name, Checkpoint Checkpoint) CheckpointOf((string Name, byte[] Note) kept) =>
        SignedNote.TryParse(kept.Note) is { } note && Checkpoint.TryParse(note.Text) is { } checkpoint ? (kept.Name, checkpoint) : throw new CliFailure(ExitCodes.Usage, $"{kept.Name} is no signed checkpoint.");

    private static async Task<byte[]> ReadAsync(string file, CancellationToken ct) =>
        File.Exists(file) ? await File.ReadAllBytesAsync(file, ct) : throw new CliFailure(ExitCodes.Usage, $"There is no file {file}.");
}
