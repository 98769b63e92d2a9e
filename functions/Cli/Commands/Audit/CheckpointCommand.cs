using System.CommandLine;
using System.Globalization;
using System.Text;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Auditing;

namespace Pipeline.Functions.Cli.Commands.Audit;

internal sealed class CheckpointCommand : CliCommand
{
    private readonly Option<bool> verify;
    private readonly Option<string?> key;
    private readonly Option<string?> kept;
    private readonly Option<string?> output;
    private readonly Option<bool> acceptFork;
    private readonly Option<string?> reason;

    public CheckpointCommand(CliContext context) : base(
        context, "checkpoint", "Show the last checkpoint of the log, check it, or let a log that was set back begin anew. Ends with 1 if it does not hold, or the log is stopped.",
        "audit checkpoint", "audit checkpoint -o today.checkpoint", "audit checkpoint --verify --key log.pub --kept yesterday.checkpoint", "audit checkpoint --accept-fork --reason \"restored Sunday's backup\"")
    {
        verify = Add(new Option<bool>("--verify") { Description = "Check the signature, and that it continues the checkpoint that you kept." });
        key = Add(new Option<string?>("--key") { Description = "The verifier key that you kept, or a file with some. Without it the log's own word is taken for its keys.", HelpName = "KEY|FILE" });
        kept = Add(new Option<string?>("--kept") { Description = "A checkpoint that you kept, which this one must continue.", HelpName = "FILE" });
        output = Add(new Option<string?>("--output", "-o") { Description = "Write the signed note to a file.", HelpName = "FILE" });
        acceptFork = Add(new Option<bool>("--accept-fork") { Description = "The log does not continue what was published, and that is to be so: it begins anew under another name, for everyone to see. Needs --reason." });
        reason = Add(new Option<string?>("--reason") { Description = "Goes on record.", HelpName = "TEXT" });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        if (run.Get(acceptFork) && string.IsNullOrWhiteSpace(run.Get(reason))) throw new CliFailure(ExitCodes.Usage, "--accept-fork needs --reason: it goes on record.");
        await using var ledger = await run.ConnectAsync(ct);
        if (run.Get(acceptFork))
        {
            run.Answer(await ledger.Client.AcceptForkAsync(run.Get(reason)!, ct), forked =>
                run.Terminal.Say($"The log goes on as {forked.Origin}. Give whoever checks it the new key:\n  {forked.Key.Key}"));
            return ExitCodes.Done;
        }
        var answer = await ledger.Client.CheckpointAsync(ct);
        if (answer.Value.Checkpoint is not { } checkpoint) throw new CliFailure(ExitCodes.NotFound, "Nothing is signed yet; there is a checkpoint a second after the first events are sealed.");
        if (run.Get(output) is { } file) await File.WriteAllTextAsync(file, checkpoint.Note, ct);
        var problem = run.Get(verify) || run.Get(kept) is not null ? await ProblemAsync(run, ledger.Client, answer.Value, checkpoint, ct) : "";
        run.Answer(answer, log => Show(run.Terminal, log, checkpoint));
        if (run.Get(output) is { } written) run.Terminal.Say($"It is in {written}: keep it where who runs the ledger cannot change it.");
        if (problem.Length > 0) run.Terminal.Complain($"The checkpoint does not hold: {problem}.");
        else if (run.Get(verify)) run.Terminal.Say("The checkpoint holds.");
        if (answer.Value.Stopped is { } stop) run.Terminal.Complain($"The log is stopped: {stop.Reason}. {stop.WhatToDo}");
        return problem.Length > 0 || answer.Value.Stopped is not null ? ExitCodes.Refused : ExitCodes.Done;
    }

    private async Task<string> ProblemAsync(CommandRun run, LedgerClient client, CheckpointAnswer log, CheckpointFacts facts, CancellationToken ct)
    {
        if (run.Get(key) is null) run.Terminal.Say("Without --key this takes the log's own word for its keys.");
        // Only a key of the log's own name speaks for it.
        IReadOnlyList<NoteKey> trusted = [.. (await KeptKeys.TrustedAsync(run.Get(key), log, ct)).Where(k => k.Name == log.Origin)];
        if (SignedNote.TryParse(facts.Note) is not { } note || Checkpoint.TryParse(note.Text) is not { } now) return "it is no signed checkpoint";
        if (now.Origin != log.Origin) return $"it is of log {now.Origin}, and this is {log.Origin}";
        var verdict = note.Verify(trusted);
        if (!verdict.Holds) return verdict.Problem;
        if (await ReplacedKey.ProblemAsync(client, log, now, verdict.By, ct) is { Length: > 0 } replaced) return replaced;
        if (run.Get(kept) is not { } file) return "";

        if (SignedNote.TryParse(await File.ReadAllBytesAsync(file, ct)) is not { } earlierNote || Checkpoint.TryParse(earlierNote.Text) is not { } earlier) return $"{file} is no signed checkpoint";
        if (earlier.Origin != now.Origin) return $"{file} is of log {earlier.Origin}, and this is {now.Origin}: the log began anew, or it is another one";
        var earlierVerdict = earlierNote.Verify(trusted);
        if (!earlierVerdict.Holds) return $"{file}: {earlierVerdict.Problem}";
        if (await ReplacedKey.ProblemAsync(client, log, earlier, earlierVerdict.By, ct) is { Length: > 0 } early) return $"{file}: {early}";
        if (earlier.Size > now.Size) return string.Create(CultureInfo.InvariantCulture, $"{file} is over {earlier.Size} leaves, and this one over {now.Size}: leaves were taken out");
        var proof = (await client.ConsistencyAsync(earlier.Size, now.Size, ct)).Value;
        return ProofHashes.Read(proof.Proof) is { } hashes && new ConsistencyProof(earlier.Size, now.Size, hashes).Verify(earlier.Root, now.Root)
            ? ""
            : $"it does not continue {file}: what was there then was changed since";
    }

    private static void Show(Terminal terminal, CheckpointAnswer log, CheckpointFacts checkpoint)
    {
        terminal.Text(checkpoint.Note);
        terminal.Say(string.Create(CultureInfo.InvariantCulture, $"Over {checkpoint.Size} of {log.Leaves} leaves, signed {checkpoint.SignedAt:u} with key {checkpoint.KeyId}."));
    }
}

/// <summary>Hashes of a proof as the API writes them.</summary>
internal static class ProofHashes
{
    /// <returns>Null when one of them is none.</returns>
    public static IReadOnlyList<MerkleHash>? Read(IEnumerable<string> base64)
    {
        List<MerkleHash> hashes = [];
        foreach (var text in base64)
        {
            if (!MerkleHash.TryParse(text, out var hash)) return null;
            hashes.Add(hash);
        }
        return hashes;
    }
}
