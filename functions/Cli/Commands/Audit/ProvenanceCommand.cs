using System.CommandLine;
using System.Globalization;
using System.Text;
using Pipeline.Domain.Ledger.Audit;
using Pipeline.Functions.Cli.Auditing;

namespace Pipeline.Functions.Cli.Commands.Audit;

internal sealed class ProvenanceCommand : CliCommand
{
    private readonly Argument<string> skill;
    private readonly Option<bool> dot;
    private readonly Option<bool> inToto;
    private readonly Option<string?> output;

    public ProvenanceCommand(CliContext context) : base(
        context, "provenance",
        "Show where a version came from: for each section the version that brought it and the episodes of runs behind it, then who made it, by which decision and policy, who validated and who approved.",
        "audit provenance retail-return-items", "audit provenance retail-return-items@3 --dot -o return-items.dot", "audit provenance retail-return-items@3 --in-toto -o return-items.intoto.json")
    {
        skill = Add(new Argument<string>("SKILL[@VERSION]") { Description = "A skill by id or name. Without a version: the one that is served." });
        dot = Add(new Option<bool>("--dot") { Description = "As a graph, in the language of Graphviz." });
        inToto = Add(new Option<bool>("--in-toto") { Description = "As an in-toto statement in a DSSE envelope, signed with the log's key. Needs a version." });
        output = Add(new Option<string?>("--output", "-o") { Description = "Write the graph or the statement to a file.", HelpName = "FILE" });
        Validators.Add(result =>
        {
            if (result.GetValue(dot) && result.GetValue(inToto)) result.AddError("Give either --dot or --in-toto.");
            if (result.GetValue(inToto)) VersionWanted.On(skill)(result);
            if (result.GetValue(output) is not null && !result.GetValue(dot) && !result.GetValue(inToto)) result.AddError("--output goes with --dot or --in-toto.");
        });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var (id, version) = SkillReference.Parse(run.Get(skill));
        await using var ledger = await run.ConnectAsync(ct);
        if (run.Get(inToto)) return await WriteAsync(run, await ledger.Client.InTotoAsync(id, version!.Value, ct), ct);
        var answer = await ledger.Client.ProvenanceAsync(id, version, ct);
        if (run.Get(dot)) return await WriteAsync(run, Encoding.UTF8.GetBytes(ProvenanceGraph.Dot(answer.Value)), ct);
        run.Answer(answer, told =>
        {
            run.Terminal.Data(ProvenanceText.Sections(told));
            run.Terminal.Text("\n");
            var facts = new DataTable("WHAT", "AS RECORDED");
            foreach (var (what, says) in ProvenanceText.Facts(told)) facts.Add(what, says);
            run.Terminal.Data(facts);
            run.Terminal.Say(string.Create(CultureInfo.InvariantCulture, $"{told.Skill}@{told.Version} {told.PackageDigest}, as the log tells it by leaf {told.Leaves - 1}."));
        });
        return ExitCodes.Done;
    }

    private async Task<int> WriteAsync(CommandRun run, byte[] text, CancellationToken ct)
    {
        if (run.Get(output) is { } file)
        {
            await File.WriteAllBytesAsync(file, text, ct);
            run.Terminal.Say(string.Create(CultureInfo.InvariantCulture, $"{file}: {text.Length} bytes.{(run.Get(inToto) ? $" Whoever has it and the log's key checks it with `{Invocation.Of($"audit verify --in-toto {file} --key KEY")}`." : "")}"));
        }
        else run.Terminal.Text(Encoding.UTF8.GetString(text));
        return ExitCodes.Done;
    }
}
