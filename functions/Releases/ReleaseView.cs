using Pipeline.Domain.Ledger;
using Pipeline.Domain.Releases;
using Pipeline.Domain.Skills;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Releases;

/// <summary>What a release came to, or would come to.</summary>
/// <param name="Release">Its id; null where there is no such release.</param>
/// <param name="Changed">Whether anything was written, or would be.</param>
/// <param name="StreamVersion">Of the stage's record, after it; of a plan, as it stands.</param>
/// <param name="Before">What stood before; null where nothing did.</param>
public sealed record ReleaseView(string Stage, string? Release, bool Changed, long StreamVersion, AppliedView? Before, IReadOnlyList<PlannedView> Aliases)
{
    /// <summary>Skills that a manifest of a leaf does without.</summary>
    public IReadOnlyList<LeftOut> LeftOut { get; init; } = [];

    /// <summary>Of a plan: where the ledger is otherwise than what stands on the stage says.</summary>
    public IReadOnlyList<PlannedView>? Drift { get; init; }

    /// <summary>Of a plan: why it would be refused.</summary>
    public RefusalView? Refused { get; init; }

    /// <summary>Types of what went on record, the stage's first; none of a plan.</summary>
    public IReadOnlyList<string> Events { get; init; } = [];
}

public sealed record RefusalView(string Code, string Detail);

/// <param name="At">The version that the alias names; null: none.</param>
/// <param name="Version">The version that it is to name; null where the manifest lets it go.</param>
/// <param name="Share">Percent of the callers who are to get it.</param>
public sealed record PlannedView(string Skill, string Name, string Alias, int? At, int? Version, int Share, PinChange Change, string Why)
{
    /// <summary>Who moved the alias last, when and why; null where nobody did, or it does not matter.</summary>
    public LastMove? Last { get; init; }

    public static PlannedView Of(PlannedAlias planned, IReadOnlyDictionary<string, Skill> skills) => new(
        planned.SkillId, skills.TryGetValue(planned.SkillId, out var skill) ? skill.Name : "", planned.Alias, planned.At, planned.Version,
        planned.Share ?? Domain.Skills.Tiers.CanaryShare.All, planned.Change, planned.Why);
}

/// <param name="To">Null where the alias was removed.</param>
public sealed record LastMove(int? To, string By, DateTimeOffset At, string Reason)
{
    public static LastMove? Of(IEnumerable<RecordedEvent> stream, string alias) => stream.Select(e => e.Event switch
    {
        SkillEvent.AliasMoved m when m.Alias == alias => new LastMove(m.ToVersion, e.Context.Actor.ToString(), e.Context.RecordedAt, m.Reason),
        SkillEvent.AliasRemoved r when r.Alias == alias => new(null, e.Context.Actor.ToString(), e.Context.RecordedAt, r.Reason),
        _ => null,
    }).LastOrDefault(m => m is not null);
}

/// <summary>A release as it was applied, or gone back to.</summary>
/// <param name="What"><c>applied</c> or <c>rolledBack</c>.</param>
/// <param name="Leaf">Null while it is not sealed.</param>
/// <param name="From">Of a roll back: what stood.</param>
/// <param name="AsOf">The leaf that the manifest asked for; null where it listed its pins.</param>
public sealed record AppliedView(
    string Release, string What, DateTimeOffset At, string By, string Commit, string Deployment, string Reason, long? Leaf, string? From, long? AsOf, IReadOnlyList<AliasPin> Pins)
{
    /// <returns>Null of an event that is neither.</returns>
    public static AppliedView? Of(RecordedEvent e) => e.Event switch
    {
        ReleaseEvent.ReleaseApplied a => new(a.Manifest.Id, "applied", e.Context.RecordedAt, e.Context.Actor.ToString(), a.Commit, a.DeploymentId, "", e.Leaf, null, a.AsOf, a.Manifest.Pins),
        ReleaseEvent.ReleaseRolledBack b => new(b.Manifest.Id, "rolledBack", e.Context.RecordedAt, e.Context.Actor.ToString(), b.Commit ?? "", b.DeploymentId, b.Reason, e.Leaf, b.From, null, b.Manifest.Pins),
        _ => null,
    };
}

/// <summary>A stage: what stands on it, where the ledger is otherwise, and what stood before.</summary>
/// <param name="Releases">The newest first.</param>
public sealed record StageView(string Stage, string? Release, long StreamVersion, IReadOnlyList<PlannedView> Drift, IReadOnlyList<AppliedView> Releases);

/// <summary>Reads what a stage's record says, and who moved what stands otherwise.</summary>
public sealed class StageReading(EventStore store)
{
    /// <summary>Oldest first.</summary>
    public async Task<IReadOnlyList<AppliedView>> HistoryAsync(string stage, CancellationToken ct) =>
        [.. (await store.ReadStreamAsync(EventContext.DefaultTenant, ReleaseDecisions.StreamOf(stage), ct: ct)).Select(AppliedView.Of).OfType<AppliedView>()];

    /// <summary>Where the ledger is otherwise than a manifest says, and who made it so.</summary>
    public async Task<IReadOnlyList<PlannedView>> DriftAsync(string stage, ReleaseManifest? current, IReadOnlyDictionary<string, Skill> skills, CancellationToken ct)
    {
        if (current is null) return [];
        var drift = new List<PlannedView>();
        foreach (var skill in ReleasePlan.Drift(stage, current, skills).GroupBy(a => a.SkillId, StringComparer.Ordinal))
        {
            var stream = await store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Skill, skill.Key), ct: ct);
            drift.AddRange(skill.Select(planned => PlannedView.Of(planned, skills) with { Last = LastMove.Of(stream, planned.Alias) }));
        }
        return drift;
    }
}
