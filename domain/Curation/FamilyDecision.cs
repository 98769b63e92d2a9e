using Pipeline.Domain.Curation.Rules;
using Pipeline.Domain.Curation.Siblings;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation;

/// <summary>A decision about a family while it is being made: it notes what every rule that was asked looked at, and says so whatever the
/// conclusion.</summary>
internal sealed class FamilyDecision(CurationInput input, EvidenceCounts evidence)
{
    private readonly SortedDictionary<string, double> _scores = new(evidence.Scores.ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal);
    private readonly SortedDictionary<string, double> _thresholds = new(StringComparer.Ordinal)
    {
        ["minSuccesses"] = input.Policy.MinSuccesses,
        ["minTasks"] = input.Policy.MinTasks,
        ["maxRegression"] = input.Policy.MaxRegression,
    };

    /// <summary>The models that the skill helps and harms; null while it does not do both.</summary>
    public ModelEffects? Models { get; set; }

    /// <summary>Notes what a rule found.</summary>
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(finding))]
    public Finding? Consider(Finding? finding)
    {
        if (finding is null) return null;
        foreach (var (name, value) in finding.Scores) _scores[name] = value;
        foreach (var (name, value) in finding.Thresholds) _thresholds[name] = value;
        return finding;
    }

    /// <summary>Due when evidence of the source that this decision follows has brought about as many versions today as it may.</summary>
    public Finding? LimitOfSource()
    {
        if (input.Policy.MaxProposalsPerDay == 0 || SourceAt(input.Family.EvidenceEvents) is not { } source) return null;
        var today = input.Family.EveryDecision.Count(d => d.Operation is CurationOperation.Create or CurationOperation.Improve && d.Sweep is null
            && d.At.UtcDateTime.Date == input.At.UtcDateTime.Date && SourceAt(d.ThroughEvidence) == source);
        var limit = Finding.NotDue("source-limit", $"evidence of {source} has brought about {today} versions today; {input.Policy.MaxProposalsPerDay} is what one source may") with
        {
            Scores = Finding.Numbers(("proposalsToday", today)),
            Thresholds = Finding.Numbers(("maxProposalsPerDay", input.Policy.MaxProposalsPerDay)),
        };
        return today >= input.Policy.MaxProposalsPerDay ? Consider(limit) : null;
    }

    public CurationConclusion Keep(Finding finding) => Keep(finding.Code, finding.Reason);

    public CurationConclusion Keep(string code, string reason) => Models is { } models
        ? new(Record(
            CurationOperation.Keep, models.Proposed.Count > 0 ? "variant-proposed" : "models-differ", $"it {SiblingRules.Said(models)}; besides: {reason}", null), null, null)
        : new(Record(CurationOperation.Keep, code, reason, null), null, null);

    /// <summary>The skill's current version stays as it is, and is retired or brought back.</summary>
    public CurationConclusion On(CurationOperation operation, Finding finding, SkillCommand command) =>
        new(Record(operation, finding.Code, finding.Reason, new(input.Skill.Id, input.Skill.Current!.Number, input.Skill.Current.PackageDigest)), command, null);

    public CurationConclusion BackTo(SkillVersion before, Finding finding) => new(
        Record(CurationOperation.RollBack, finding.Code, finding.Reason, new(input.Skill.Id, input.Skill.NextNumber, before.PackageDigest)),
        new SkillCommand.RollBack(before.Number, finding.Reason), null);

    public CurationConclusion Make(CurationOperation operation, string code, string reason, CuratedVersion result, SkillCommand command, Package package) =>
        new(Record(operation, code, reason, result), command, package);

    // Of the event itself, first or correction: a source that corrects itself goes on proposing.
    private string? SourceAt(int evidenceEvents) => input.Family.Sources.ElementAtOrDefault(evidenceEvents - 1);

    private FamilyEvent.CurationDecided Record(CurationOperation operation, string code, string reason, CuratedVersion? result) => new()
    {
        Operation = operation,
        ThroughEvidence = input.Family.EvidenceEvents,
        Leaf = input.Leaf,
        At = input.At,
        Policy = input.PolicyReference,
        Candidates = [.. new[] { input.Skill, input.Main?.Skill }.OfType<Skill>().Where(s => s.Current is not null)
            .Select(s => new Candidate(s.Id, s.Current!.Number, s.Current.PackageDigest, s.Lifecycle.ToString().ToLowerInvariant()))],
        Scores = _scores,
        Thresholds = _thresholds,
        ReasonCode = code,
        Reason = operation != CurationOperation.Keep && Models is { } models ? $"{reason}; besides, it {SiblingRules.Said(models)}" : reason,
        Result = result,
        Models = Models,
        SiblingFor = input.Family.ForModel,
    };
}
