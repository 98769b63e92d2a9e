using System.Globalization;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Policies;
using Pipeline.Domain.Releases;
using Pipeline.Domain.Trajectories;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Functions.Reading;

/// <summary>What an event says, in one sentence. It quotes what is on record, and that may come from a run: text to be escaped, never more.</summary>
public static class EventStory
{
    private const int Longest = 400;

    public static string Of(ILedgerEvent @event)
    {
        var told = Told(@event);
        return told.Length <= Longest ? told : $"{told[..(char.IsHighSurrogate(told[Longest - 2]) ? Longest - 2 : Longest - 1)]}…";
    }

    private static string Told(ILedgerEvent @event) => @event switch
    {
        SkillCreated e => $"v1 made, {e.Origin.ToString().ToLowerInvariant()}{Because(e.Content.Rationale)}",
        SkillImproved e => $"v{e.Version} made from v{e.BaseVersion}{Because(e.Content.Rationale)}",
        SkillMerged e => $"v{e.Version} made from {string.Join(" and ", e.Parents.Select(p => $"{p.SkillId}@{p.Version}"))}{Because(e.Content.Rationale)}",
        SkillAbsorbed e => $"taken up by {e.Into.SkillId}@{e.Into.Version}",
        MergeUndone { Version: { } version } e => $"v{version} made with the package of v{e.RestoredVersion}: the merge that had made {e.Survivor.SkillId}@{e.Survivor.Version} is undone{Because(e.Reason)}",
        MergeUndone e => $"lives again: the merge that had made {e.Survivor.SkillId}@{e.Survivor.Version} is undone{Because(e.Reason)}",
        SkillRetired e => $"retired ({e.Cause}){Because(e.Reason)}",
        SkillReinstated e => $"reinstated{Because(e.Reason)}",
        SkillRolledBack e => $"v{e.Version} made with the package of v{e.RestoredVersion}{Because(e.Reason)}",
        VersionRevoked e => $"v{e.Version} revoked{Because(e.Reason)}",
        ValidationRequested e => $"v{e.Version}: {e.Validator} is asked",
        ValidationCompleted e => $"v{e.Version}: {e.Validator} says {e.Verdict.ToString().ToLowerInvariant()}{Because(e.Reason)}",
        ApprovalGiven e => $"{e.By} approves a package{Because(e.Reason)}",
        ApprovalWithdrawn e => $"{e.By} takes back an approval{Because(e.Reason)}",
        TierDecided e => $"v{e.Version}: tier {e.From} to {e.To} by {e.Policy}{Because(string.Join("; ", e.Denials))}",
        AliasMoved e => $"{e.Alias} = v{e.ToVersion}{(e.FromVersion is { } from ? $", before v{from}" : "")}{(e.Share is { } share ? $", for {share} % of the callers" : "")}{Because(e.Reason)}",
        AliasRemoved e => $"{e.Alias} removed, before v{e.FromVersion}{Because(e.Reason)}",
        UsageSummarised e => $"v{e.Version}, {e.Model}: {e.Successes} of {e.Exposures} runs with it succeeded, {e.MatchedSuccesses} of {e.MatchedExposures} without",
        FamilyEvent.FamilyOpened e => $"a new family: {e.Effect} in {e.Environment}",
        FamilyEvent.EvidenceAdmitted e => $"evidence from steps {e.FirstStep} to {e.LastStep} of a run that {Ended(e.Outcome)}",
        FamilyEvent.EvidenceWithdrawn e => $"evidence withdrawn{Because(e.Reason)}",
        FamilyEvent.CurationDecided e => $"decided: {e.Operation.ToString().ToLowerInvariant()}{(e.Result is { } made ? $", {made.SkillId}@{made.Version}" : "")} ({e.ReasonCode}){Because(e.Reason)}",
        FamilyEvent.VariantAccepted e => $"{e.Result.SkillId} made for {e.Model}{Because(e.Reason)}",
        FamilyEvent.ModelConsulted e => $"{e.Model} asked to word a draft{(e.FailureCode is { } failed ? $"; no answer: {failed}" : "")}",
        EnvironmentEvent.EpisodeAssigned e => $"an episode assigned to {e.FamilyId}",
        TrajectoryEvent.TrajectoryRecorded e => string.Create(CultureInfo.InvariantCulture, $"a run of {e.Steps} steps that {Ended(e.Outcome)}, in {e.Environment}, from {e.Source}"),
        TrajectoryEvent.TrajectoryOutcomeCorrected e => $"the run's outcome corrected: it {Ended(e.To)}{Because(e.Reason)}",
        TrajectoryEvent.TrajectoryRejected e => $"a run refused{Because(e.Reason)}",
        TrajectoryEvent.SubjectErased e => $"a data subject erased{Because(e.Reason)}",
        PolicyEvent.PolicyPublished e => $"{e.PolicyId}@{e.Version} published",
        PolicyEvent.PolicyActivated e => $"{e.PolicyId}@{e.Version} decides from now on{Because(e.Reason)}",
        ReleaseEvent.ReleaseApplied e => $"release {e.Manifest.Id} applied to {e.Stage}",
        ReleaseEvent.ReleaseRolledBack e => $"{e.Stage} rolled back to release {e.Manifest.Id}{Because(e.Reason)}",
        UnknownEvent e => $"an event that this program does not know: {e.Alias}",
        _ => @event.GetType().Name,
    };

    private static string Because(string? reason) => string.IsNullOrWhiteSpace(reason) ? "" : $": {reason.Trim()}";

    private static string Ended(Outcome outcome) =>
        $"{(outcome.Success switch { true => "succeeded", false => "failed", null => "ended without an outcome" })}{(outcome.VerifiedBy == VerifiedBy.Unknown ? "" : $" (says {outcome.VerifiedBy.ToString().ToLowerInvariant()})")}";
}
