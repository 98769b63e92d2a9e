using System.Globalization;
using Pipeline.Domain.Ledger.Audit;
using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Functions.Cli.Auditing;

/// <summary>Verifies what was taken from a ledger with nothing but the file and a key: no server, no database, no home.</summary>
internal static class FileVerification
{
    public static async Task<int> BundleAsync(CommandRun run, string file, IReadOnlyList<NoteKey> keys, IReadOnlyList<(string Name, Checkpoint Checkpoint)> kept, CancellationToken ct)
    {
        var verdict = BundleAudit.Judge(AuditBundle.TryRead(await ReadAsync(file, AuditBundle.LargestFile, ct)), keys);
        if (verdict.Checkpoint is { } signed && KeptCheckpoints.Contradiction(signed, kept) is { } contradiction) verdict = new(contradiction, null, null, null, 0);
        var later = verdict.Checkpoint is { } seen ? KeptCheckpoints.Later(seen, kept.Select(k => k.Checkpoint)) : null;
        if (run.IsJson) run.Terminal.Json(new { verdict.Holds, verdict.Problem, Tenant = verdict.Holds ? verdict.Tenant : null, SignedAt = verdict.Holds ? verdict.SignedAt : (DateTimeOffset?)null, LaterKept = later?.Size, verdict.Checkpoint?.Origin, Leaves = verdict.Checkpoint?.Size, Root = verdict.Checkpoint?.Root.ToBase64(), SignedBy = verdict.SignedBy?.ToString(), verdict.Events, verdict.MissingPolicies, verdict.Provenance });
        if (verdict is not { Problem: null, Provenance: { } told, Checkpoint: { } checkpoint, SignedBy: { } key }) return Altered(run, verdict.Problem!);
        if (!run.IsJson)
        {
            var table = new DataTable("WHAT", "AS SIGNED");
            table.Add("version", $"{told.Skill}@{Number(told.Version)}, package {told.PackageDigest}");
            table.Add("as of", $"{ProvenanceText.Time(verdict.SignedAt)}, leaf {Number(checkpoint.Size - 1)}");
            table.Add("tenant", verdict.Tenant);
            foreach (var (what, says) in ProvenanceText.Facts(told)) table.Add(what, says);
            table.Add("log", $"{checkpoint.Origin}, {Number(checkpoint.Size)} leaves, root {checkpoint.Root.ToBase64()}, signed with {key.IdText}");
            run.Terminal.Data(table);
        }
        run.Terminal.Say($"The bundle holds, as of {ProvenanceText.Time(verdict.SignedAt)}, leaf {Number(checkpoint.Size - 1)}: {Number(verdict.Events)} events are in the log that was signed, the files are those that the version names, and what made it was recorded before it.");
        foreach (var policy in verdict.MissingPolicies) run.Terminal.Say($"The policy {policy} is missing from it: that it was published and active is proved, but what it says cannot be read here.");
        TellChanged(run, told.ChangedEvidence);
        TellUnread(run, told.Unread);
        TellLater(run, checkpoint, later);
        return ExitCodes.Done;
    }

    public static async Task<int> InTotoAsync(CommandRun run, string file, IReadOnlyList<NoteKey> keys, IReadOnlyList<(string Name, Checkpoint Checkpoint)> kept, CancellationToken ct)
    {
        var (statement, key, problem) = StatementAudit.Judge(DsseEnvelope.TryRead(await ReadAsync(file, DsseEnvelope.LargestFile, ct)), keys);
        var checkpoint = statement?.Predicate.Log.Told();
        if (checkpoint is not null && KeptCheckpoints.Contradiction(checkpoint, kept) is { } contradiction) (statement, key, problem) = (null, null, contradiction.What);
        if (run.IsJson) run.Terminal.Json(new { Holds = statement is not null, Problem = problem.Length > 0 ? problem : null, SignedBy = key?.ToString(), Statement = statement });
        if (statement is null || key is null || checkpoint is null) return Altered(run, new("in-toto", -1, problem));
        if (!run.IsJson)
        {
            var table = new DataTable("SUBJECT", "SHA-256");
            foreach (var subject in statement.Subject) table.Add(subject.Name, subject.Digest?.GetValueOrDefault("sha256") ?? "-");
            run.Terminal.Data(table);
        }
        var skill = statement.Predicate.Skill;
        run.Terminal.Say($"The statement holds: {key.Name} ({key.IdText}) says that these are the files of {skill.Id}@{Number(skill.Version)}, made of {Number(statement.Predicate.ResolvedDependencies.Count)} runs and versions. It says so as of leaf {Number(checkpoint.Size - 1)}; a bundle proves it. Revoked: {ProvenanceText.Revoked(skill.IsRevoked, statement.Predicate.Unread)}.");
        TellChanged(run, statement.Predicate.ChangedEvidence);
        TellUnread(run, statement.Predicate.Unread);
        TellLater(run, checkpoint, KeptCheckpoints.Later(checkpoint, kept.Select(k => k.Checkpoint)));
        return ExitCodes.Done;
    }

    private static void TellChanged(CommandRun run, IReadOnlyList<EpisodeFacts> changed)
    {
        if (changed.Count == 0) return;
        run.Terminal.Complain($"Evidence behind it is not what it was when the version was made ({Number(changed.Count)} episodes):");
        foreach (var (_, says) in ProvenanceText.Changed(changed)) run.Terminal.Complain($"  {says}");
    }

    private static void TellUnread(CommandRun run, IReadOnlyList<UnreadEvent> unread)
    {
        if (unread.Count > 0) run.Terminal.Say($"Events that cannot be read are in it, and what they say is not told: {string.Join(", ", unread.Select(u => $"{u.Type} in {u.Stream} (leaf {Number(u.Leaf)})"))}.");
    }

    private static void TellLater(CommandRun run, Checkpoint told, Checkpoint? later)
    {
        if (later is not null) run.Terminal.Complain($"It is not the newest: it knows {Number(told.Size)} leaves of the log, and you kept a checkpoint of {Number(later.Size)}. Whatever came between, a revocation too, is not in it: ask for a newer one.");
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
