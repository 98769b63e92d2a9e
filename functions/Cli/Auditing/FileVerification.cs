using System.Globalization;
using Pipeline.Domain.Ledger.Audit;
using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Functions.Cli.Auditing;

/// <summary>Verifies what was taken from a ledger with nothing but the file and a key: no server, no database, no home.</summary>
internal static class FileVerification
{
    public static async Task<int> BundleAsync(CommandRun run, string file, IReadOnlyList<NoteKey> kept, CancellationToken ct)
    {
        var verdict = BundleAudit.Judge(AuditBundle.TryRead(await ReadAsync(file, AuditBundle.LargestFile, ct)), kept);
        if (run.IsJson) run.Terminal.Json(new { verdict.Holds, verdict.Problem, verdict.Checkpoint?.Origin, Leaves = verdict.Checkpoint?.Size, Root = verdict.Checkpoint?.Root.ToBase64(), SignedBy = verdict.SignedBy?.ToString(), verdict.Events, verdict.Provenance });
        if (verdict is not { Problem: null, Provenance: { } told, Checkpoint: { } checkpoint, SignedBy: { } key }) return Altered(run, verdict.Problem!);
        if (!run.IsJson)
        {
            var table = new DataTable("WHAT", "AS SIGNED");
            table.Add("version", $"{told.Skill}@{Number(told.Version)}, package {told.PackageDigest}");
            foreach (var (what, says) in ProvenanceText.Facts(told)) table.Add(what, says);
            table.Add("log", $"{checkpoint.Origin}, {Number(checkpoint.Size)} leaves, root {checkpoint.Root.ToBase64()}, signed with {key.IdText}");
            run.Terminal.Data(table);
        }
        run.Terminal.Say($"The bundle holds: {Number(verdict.Events)} events are in the log that was signed, the files are those that the version names, and what made it was recorded before it.");
        if (told.Unread.Count > 0) run.Terminal.Say($"Events of types that this program does not know are in it, and what they say is not told: {string.Join(", ", told.Unread)}.");
        return ExitCodes.Done;
    }

    public static async Task<int> InTotoAsync(CommandRun run, string file, IReadOnlyList<NoteKey> kept, CancellationToken ct)
    {
        var (statement, key, problem) = StatementAudit.Judge(DsseEnvelope.TryRead(await ReadAsync(file, DsseEnvelope.LargestFile, ct)), kept);
        if (run.IsJson) run.Terminal.Json(new { Holds = statement is not null, Problem = problem.Length > 0 ? problem : null, SignedBy = key?.ToString(), Statement = statement });
        if (statement is null || key is null) return Altered(run, new("in-toto", -1, problem));
        if (!run.IsJson)
        {
            var table = new DataTable("SUBJECT", "SHA-256");
            foreach (var subject in statement.Subject) table.Add(subject.Name, subject.Digest?.GetValueOrDefault("sha256") ?? "-");
            run.Terminal.Data(table);
        }
        var skill = statement.Predicate.Skill;
        run.Terminal.Say($"The statement holds: {key.Name} ({key.IdText}) says that these are the files of {skill.Id}@{Number(skill.Version)}, made of {Number(statement.Predicate.ResolvedDependencies.Count)} runs and versions. It says so; a bundle proves it.");
        return ExitCodes.Done;
    }

    private static int Altered(CommandRun run, AuditFinding problem)
    {
        run.Terminal.Complain($"It does not hold: {problem.What}{(problem.Leaf >= 0 ? $" (leaf {Number(problem.Leaf)})" : "")}. [{problem.Check}] docs/audit.md says what each check finds.");
        return ExitCodes.Altered;
    }

    // A file that is too large is read no further than it takes to see that.
    private static async Task<byte[]> ReadAsync(string file, long largest, CancellationToken ct)
    {
        if (!File.Exists(file)) throw new CliFailure(ExitCodes.Usage, $"There is no file {file}.");
        var size = new FileInfo(file).Length;
        return size <= largest ? await File.ReadAllBytesAsync(file, ct) : throw new CliFailure(ExitCodes.Refused, $"{file} has {Number(size)} bytes, and at most {Number(largest)} are read.");
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
