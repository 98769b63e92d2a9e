using System.CommandLine;
using System.Globalization;
using System.Text;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Auditing;

namespace Pipeline.Functions.Cli.Commands.Audit;

internal sealed class ProofCommand : CliCommand
{
    private readonly Argument<string> what;
    private readonly Option<string?> key;
    private readonly Option<string?> output;

    public ProofCommand(CliContext context) : base(
        context, "proof", "Prove that an event is in the log: its leaf's text, the hashes up to the root, and the checkpoint; checked here. Ends with 1 if it does not hold.",
        "audit proof 4711", "audit proof skill-retail-return-items@3 --key log.pub", "audit proof 0196f0a2-6f1c-7c39-9d2f-9f7d3c1c2a11 -o event.tlog-proof")
    {
        what = Add(new Argument<string>("LEAF|EVENT") { Description = "A leaf's number, an event's id, or STREAM@VERSION." });
        key = Add(new Option<string?>("--key") { Description = "The verifier key that you kept, or a file with some. Without it the log's own word is taken for its keys.", HelpName = "KEY|FILE" });
        output = Add(new Option<string?>("--output", "-o") { Description = "Write the proof as other tools read it (C2SP tlog-proof).", HelpName = "FILE" });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        await using var ledger = await run.ConnectAsync(ct);
        var answer = await ledger.Client.ProofAsync(run.Get(what), ct);
        var log = (await ledger.Client.CheckpointAsync(ct)).Value;
        var trusted = await KeptKeys.TrustedAsync(run.Get(key), log, ct);
        var problem = await ProblemAsync(ledger.Client, log, answer.Value, trusted, ct);
        if (run.Get(output) is { } file)
        {
            if (answer.Value.TlogProof is null) throw new CliFailure(ExitCodes.Refused, "There is no checkpoint over that leaf, so there is no proof to write; `status` says why nothing is signed.");
            await File.WriteAllTextAsync(file, answer.Value.TlogProof, ct);
        }
        run.Answer(answer, proof =>
        {
            run.Terminal.Text(proof.Text + "\n");
            run.Terminal.Say(string.Create(CultureInfo.InvariantCulture, $"Leaf {proof.Leaf} of {proof.Size}, {proof.Proof.Count} hashes up to the root {proof.Root}."));
        });
        if (problem.Length > 0) run.Terminal.Complain($"The proof does not hold: {problem}.");
        else run.Terminal.Say(run.Get(output) is { } written ? $"The proof holds, and is in {written}." : "The proof holds.");
        return problem.Length > 0 ? ExitCodes.Refused : ExitCodes.Done;
    }

    private static async Task<string> ProblemAsync(LedgerClient client, CheckpointAnswer log, ProofAnswer answer, IReadOnlyList<NoteKey> trusted, CancellationToken ct)
    {
        if (answer.Checkpoint is null) return "no checkpoint is signed over that leaf";
        if (SignedNote.TryParse(answer.Checkpoint) is not { } note || Checkpoint.TryParse(note.Text) is not { } checkpoint) return "what came with it is no signed checkpoint";
        // A key speaks for its own log only, whatever others are kept beside it.
        var verdict = note.Verify(trusted.Where(k => k.Name == checkpoint.Origin));
        if (!verdict.Holds) return verdict.Problem;
        if (await ReplacedKey.ProblemAsync(client, log, checkpoint, verdict.By, ct) is { Length: > 0 } replaced) return replaced;
        return ProofHashes.Read(answer.Proof) is { } hashes
            && new InclusionProof(answer.Leaf, checkpoint.Size, hashes).Verify(MerkleHash.OfLeaf(Encoding.UTF8.GetBytes(answer.Text)), checkpoint.Root)
            ? ""
            : "the event as it is now is not the one that was sealed";
    }
}
