using System.Globalization;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Domain.Policies;
using Pipeline.Domain.Releases;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using static System.FormattableString;

namespace Pipeline.Functions.LedgerApi;

/// <summary>What an event says, in a few words for a list of events. The reason, if it has one, stands beside it.</summary>
/// <remarks>Names in it come from runs and packages: hostile text, to be escaped where it is shown.</remarks>
public static class EventSummary
{
    private const int LongestName = 40;

    public static string Of(ILedgerEvent @event) => @event switch
    {
        SkillEvent e => Of(e),
        TrajectoryEvent e => Of(e),
        FamilyEvent e => Of(e),
        EnvironmentEvent.EpisodeAssigned => "episode assigned to a family",
        PolicyEvent.PolicyPublished e => Invariant($"{e.PolicyId}@{e.Version} published"),
        PolicyEvent.PolicyActivated e => Invariant($"{e.PolicyId}@{e.Version} active"),
        ReleaseEvent.ReleaseApplied e => Invariant($"release {ReleasePlan.ShortOf(e.Manifest.Id)} applied{(e.AsOf is { } leaf ? Invariant($" as of leaf {leaf}") : "")}: {Pinned(e.Manifest)}{Deployed(e.Commit, e.DeploymentId)}"),
        ReleaseEvent.ReleaseRolledBack e => Invariant($"back to release {ReleasePlan.ShortOf(e.Manifest.Id)} from {ReleasePlan.ShortOf(e.From)}: {Pinned(e.Manifest)}{Deployed(e.Commit ?? "", e.DeploymentId)}"),
        LogEvent.LogKeyIntroduced e => $"key {e.KeyId} signs the log",
        LogEvent.LogForked e => $"the log goes on as {e.Origin}, no longer as {e.PreviousOrigin}",
        UnknownEvent e => $"{e.Alias}: written by a newer program",
        _ => "",
    };

    /// <summary>Why it happened, where the event says.</summary>
    public static string Why(ILedgerEvent @event) => @event switch
    {
        SkillEvent.SkillCreated e => e.Content.Rationale,
        SkillEvent.SkillImproved e => e.Content.Rationale,
        SkillEvent.SkillMerged e => e.Content.Rationale,
        SkillEvent.SkillRetired e => e.Reason,
        SkillEvent.SkillReinstated e => e.Reason,
        SkillEvent.SkillRolledBack e => e.Reason,
        SkillEvent.MergeUndone e => e.Reason,
        SkillEvent.VersionRevoked e => e.Reason,
        SkillEvent.ApprovalGiven e => e.Reason,
        SkillEvent.ApprovalWithdrawn e => e.Reason,
        SkillEvent.ValidationCompleted e => e.Reason ?? "",
        SkillEvent.TierDecided { Denials: [_, ..] denials } => string.Join("; ", denials),
        SkillEvent.AliasMoved e => e.Reason,
        SkillEvent.AliasRemoved e => e.Reason,
        FamilyEvent.EvidenceWithdrawn e => e.Reason,
        FamilyEvent.CurationDecided e => e.Reason,
        FamilyEvent.VariantAccepted e => e.Reason,
        TrajectoryEvent.TrajectoryOutcomeCorrected e => e.Reason,
        TrajectoryEvent.TrajectoryRejected e => e.Reason,
        TrajectoryEvent.SubjectErased e => e.Reason,
        ReleaseEvent.ReleaseRolledBack e => e.Reason,
        LogEvent.LogKeyIntroduced e => e.Reason,
        LogEvent.LogForked e => e.Reason,
        _ => "",
    };

    private static string Pinned(ReleaseManifest manifest) => Invariant($"{manifest.Pins.Count} {(manifest.Pins.Count == 1 ? "alias" : "aliases")} pinned");

    private static string Deployed(string commit, string deployment) =>
        $"{(commit.Length > 0 ? $", commit {Short(commit)}" : "")}{(deployment.Length > 0 ? $", deployment {Short(deployment)}" : "")}";

    private static string Short(string text) => text.Length <= LongestName ? text : text[..LongestName] + "…";

    private static string Of(SkillEvent @event) => @event switch
    {
        SkillEvent.SkillCreated { VariantOf: { } main } e => $"version 1, a sibling of {main.SkillId} for {e.Model}",
        SkillEvent.SkillCreated => "version 1",
        SkillEvent.SkillImproved e => Invariant($"version {e.Version}, from version {e.BaseVersion}"),
        SkillEvent.SkillMerged e => Invariant($"version {e.Version}, merged from {string.Join(" and ", e.Parents.Select(p => Invariant($"{p.SkillId}@{p.Version}")))}"),
        SkillEvent.SkillAbsorbed e => Invariant($"absorbed into {e.Into.SkillId}@{e.Into.Version}"),
        SkillEvent.MergeUndone { Version: { } version } e => Invariant($"version {version} with the package of version {e.RestoredVersion}; {string.Join(", ", e.Released)} released"),
        SkillEvent.MergeUndone e => Invariant($"released from {e.Survivor.SkillId}@{e.Survivor.Version}"),
        SkillEvent.SkillRetired e => $"retired: {Word(e.Cause)}",
        SkillEvent.SkillReinstated => "reinstated",
        SkillEvent.SkillRolledBack e => Invariant($"version {e.Version} with the package of version {e.RestoredVersion}"),
        SkillEvent.VersionRevoked e => Invariant($"version {e.Version} revoked"),
        SkillEvent.ValidationRequested e => Invariant($"version {e.Version}: {e.Validator} asked"),
        SkillEvent.ValidationCompleted e => Invariant($"version {e.Version}: {e.Validator} {Word(e.Verdict)}"),
        SkillEvent.ApprovalGiven e => $"approved by {e.By}",
        SkillEvent.ApprovalWithdrawn e => $"approval withdrawn by {e.By}",
        SkillEvent.TierDecided e => Invariant($"version {e.Version}: {e.From} -> {e.To}"),
        SkillEvent.AliasMoved e => Invariant($"{e.Alias}: {(e.FromVersion is { } from ? Invariant($"{from} -> ") : "")}{e.ToVersion}{(e.Share is { } share ? Invariant($" for {share}% of the callers") : "")}{(e.PinnedBy is { } stage ? $", held by the release of {Short(stage)}" : "")}"),
        SkillEvent.AliasRemoved e => Invariant($"{e.Alias}: {e.FromVersion} -> none"),
        SkillEvent.UsageSummarised e => Invariant($"version {e.Version}, {e.Model}: {e.Successes} of {e.Exposures} succeeded"),
        _ => "",
    };

    private static string Of(TrajectoryEvent @event) => @event switch
    {
        TrajectoryEvent.TrajectoryRecorded e => Invariant($"{Said(e.Outcome)}; {e.Steps} steps, {e.Episodes.Count} episodes"),
        TrajectoryEvent.TrajectoryOutcomeCorrected e => $"{Said(e.From)} -> {Said(e.To)}",
        TrajectoryEvent.TrajectoryRejected => "kept out",
        TrajectoryEvent.SubjectErased e => $"{e.Subject} erased",
        _ => "",
    };

    private static string Of(FamilyEvent @event) => @event switch
    {
        FamilyEvent.FamilyOpened => "opened",
        FamilyEvent.EvidenceAdmitted e => Invariant($"{Said(e.Outcome)}, steps {e.FirstStep} to {e.LastStep} of {e.TrajectoryId}"),
        FamilyEvent.EvidenceWithdrawn e => $"{e.EvidenceId} withdrawn",
        FamilyEvent.CurationDecided { Result: { } result } e => Invariant($"{Word(e.Operation)}: {result.SkillId}@{result.Version}"),
        FamilyEvent.CurationDecided e => Word(e.Operation),
        FamilyEvent.VariantAccepted e => $"sibling of {e.VariantOf.SkillId} for {e.Model}",
        FamilyEvent.ModelConsulted e => e.FailureCode is null ? $"{e.Model} answered" : $"{e.Model}: {e.FailureCode}",
        _ => "",
    };

    private static string Said(Outcome outcome) =>
        $"{(outcome.Success switch { true => "success", false => "failure", null => "no outcome" })} ({Word(outcome.VerifiedBy)})";

    /// <summary><c>InfraBlocked</c> is <c>infra-blocked</c>.</summary>
    private static string Word<T>(T value) where T : struct, Enum =>
        string.Concat(value.ToString().Select((c, i) => char.IsUpper(c) ? (i == 0 ? "" : "-") + char.ToLower(c, CultureInfo.InvariantCulture) : c.ToString()));
}
