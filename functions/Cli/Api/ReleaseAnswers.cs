namespace Pipeline.Functions.Cli.Api;

/// <param name="Release">Null where there is none.</param>
/// <param name="Changed">Whether anything was written; of a plan, whether anything would be.</param>
/// <param name="Before">What stood before; null where nothing did.</param>
/// <param name="Drift">Of a plan: where the ledger is otherwise than what stands says.</param>
/// <param name="Refused">Of a plan: why it would be refused.</param>
internal sealed record ReleaseAnswer(
    string Stage, string? Release, bool Changed, AppliedFacts? Before, IReadOnlyList<PlannedFacts> Aliases, IReadOnlyList<LeftOutFacts> LeftOut,
    IReadOnlyList<PlannedFacts>? Drift = null, RefusalFacts? Refused = null);

internal sealed record StageAnswer(string Stage, string? Release, IReadOnlyList<PlannedFacts> Drift, IReadOnlyList<AppliedFacts> Releases);

/// <param name="At">The version that the alias names; null: none.</param>
/// <param name="Version">The version that it is to name; null: the manifest does not name it.</param>
internal sealed record PlannedFacts(string Skill, string Name, string Alias, int? At, int? Version, int Share, string Change, string Why, LastMoveFacts? Last = null);

internal sealed record LastMoveFacts(int? To, string By, string At, string Reason);

internal sealed record AppliedFacts(string Release, string What, string At, string By, string Commit, string Deployment, string Reason, long? AsOf, IReadOnlyList<PinFacts> Pins);

internal sealed record PinFacts(string SkillId, string Alias, int Version);

internal sealed record LeftOutFacts(string Skill, string Name, string Why);

internal sealed record RefusalFacts(string Code, string Detail);
