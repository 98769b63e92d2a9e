using System.CommandLine;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Exporting;
using Pipeline.Functions.Diffing;
using Spectre.Console;

namespace Pipeline.Functions.Cli.Commands.Skill;

internal sealed class DiffCommand : CliCommand
{
    private readonly Argument<string> skill;
    private readonly Argument<int?> from;
    private readonly Argument<int?> to;

    public DiffCommand(CliContext context) : base(
        context, "diff", "Compare two versions of a skill, changes only.", "skill diff renew-loan", "skill diff renew-loan 1 3 --json")
    {
        skill = Add(new Argument<string>("SKILL") { Description = "A skill by id or name." });
        from = Add(new Argument<int?>("A") { Description = "The older version. [default: the one before B]", Arity = ArgumentArity.ZeroOrOne });
        to = Add(new Argument<int?>("B") { Description = "The newer version. [default: the latest]", Arity = ArgumentArity.ZeroOrOne });
    }

    protected override async Task<int> RunAsync(CommandRun run, CancellationToken ct)
    {
        var id = run.Get(skill);
        await using var ledger = await run.ConnectAsync(ct);
        var versions = (await ledger.Client.VersionsAsync(id, ct)).Value.Versions;
        var newer = Find(versions, id, run.Get(to) ?? versions.Max(v => v.Version));
        var older = Find(versions, id, run.Get(from) ?? versions.Where(v => v.Version < newer.Version).Select(v => v.Version).DefaultIfEmpty(0).Max());

        var files = await CompareAsync(ledger.Client, id, older, newer, ct);
        if (run.IsJson)
            run.Terminal.Json(new { Skill = id, From = new { older.Version, older.Digest }, To = new { newer.Version, newer.Digest }, Files = files });
        else Show(run.Terminal, files);
        run.Terminal.Say(files.Count == 0 ? $"{id}@{older.Version} and {id}@{newer.Version} are the same." : $"{id}@{older.Version} to {id}@{newer.Version}");
        return ExitCodes.Done;
    }

    private static async Task<IReadOnlyList<FileDiff>> CompareAsync(LedgerClient client, string id, VersionFacts older, VersionFacts newer, CancellationToken ct)
    {
        try
        {
            return PackageDiff.Of(
                await ServedPackages.ReviewAsync(client, id, older.Version, older.Digest, ct),
                await ServedPackages.ReviewAsync(client, id, newer.Version, newer.Digest, ct));
        }
        catch (IOException e)
        {
            throw new CliFailure(ExitCodes.Refused, $"The versions of {id} cannot be compared: {e.Message}.");
        }
    }

    private static VersionFacts Find(IReadOnlyList<VersionFacts> versions, string id, int number) =>
        versions.FirstOrDefault(v => v.Version == number) ?? throw (number == 0
            ? new CliFailure(ExitCodes.Refused, $"{id} has no earlier version to compare with. See `{Invocation.Of($"skill history {id}")}`.")
            : new CliFailure(ExitCodes.NotFound, $"{id} has no version {number}; it has {string.Join(", ", versions.Select(v => v.Version).Order())}."));

    private static void Show(Terminal terminal, IReadOnlyList<FileDiff> files)
    {
        foreach (var file in files)
        {
            Line(terminal, $"--- {file.Path} ({file.Change}{(file.Binary ? ", no text" : file.Hunks.Count == 0 ? ", mode only" : "")})", Color.Default, Decoration.Bold);
            foreach (var hunk in file.Hunks)
            {
                Line(terminal, hunk.Header, Color.Teal);
                foreach (var line in hunk.Lines) Line(terminal, line, line[0] switch { '+' => Color.Green, '-' => Color.Red, _ => Color.Default });
            }
        }
    }

    private static void Line(Terminal terminal, string text, Color colour, Decoration decoration = Decoration.None) =>
        terminal.DataLine(text, new Style(colour, decoration: decoration));
}
