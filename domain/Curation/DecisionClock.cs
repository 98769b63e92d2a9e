using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Curation;

/// <summary>Goes through a family's evidence and says at which of it something is to be decided: by how much there is, by corrections, by
/// exposures of the family's skill, and while it is retired by the runs that go on without it.</summary>
internal sealed class DecisionClock(IReadOnlyList<RecordedEvent> history)
{
    private readonly IReadOnlyList<FamilyEvent.CurationDecided> _decisions = [.. history.Select(e => e.Event).OfType<FamilyEvent.CurationDecided>()];
    private readonly IReadOnlyList<(long Leaf, string SkillId)> _accepted =
        [.. history.Where(e => e.Event is FamilyEvent.VariantAccepted).Select(e => (e.Leaf!.Value, ((FamilyEvent.VariantAccepted)e.Event).Result.SkillId))];
    private readonly HashSet<string> _admitted = new(StringComparer.Ordinal);
    private readonly HashSet<string> _skills = new(StringComparer.Ordinal);
    private readonly HashSet<string> _shapes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _successesOfTasks = new(StringComparer.Ordinal);
    private readonly HashSet<string> _retired = new(StringComparer.Ordinal);
    private int _decisionsSeen;
    private int _acceptedSeen;
    private int _successes;
    private bool _hadEnough;
    private int _exposures;
    private int _withoutIt;

    /// <summary>Evidence events so far.</summary>
    public int Number { get; private set; }

    /// <summary>The last one changed or took away what was admitted before.</summary>
    public bool Corrects { get; private set; }

    /// <summary>Takes the next evidence event.</summary>
    /// <returns>Whether it is a decision point.</returns>
    public bool Tick(RecordedEvent evidence, CurationPolicy? policy)
    {
        Number++;
        See(evidence.Leaf!.Value);
        var admission = evidence.Event as FamilyEvent.EvidenceAdmitted;
        // A verdict that changed or evidence that went may be about what a skill says now: it is looked at at once.
        Corrects = admission is null || !_admitted.Add(admission.EvidenceId);
        var isNew = admission is not null && Succeeds(admission, policy);
        // What was taken away may be made up for by the next success.
        if (Corrects) _hadEnough = false;
        if (admission is null || Corrects) return true;
        var isAudit = Counts(admission, policy?.AuditEvery ?? 0);
        return policy is not null && (MayBegin(admission, isNew, policy) || isAudit || DecisionPoints.Includes(Number, policy));
    }

    /// <summary>While there is no skill, each success may be the one that was missing. Where as many as a skill needs gave none, more of the
    /// same are looked at ever more seldom.</summary>
    private bool MayBegin(FamilyEvent.EvidenceAdmitted admission, bool isNew, CurationPolicy policy)
    {
        if (_skills.Count > 0 || !admission.Outcome.IsVerifiedSuccess) return false;
        if (_hadEnough) return isNew && DecisionPoints.Includes(_successes, policy);
        _hadEnough = _successes >= policy.MinSuccesses && _successesOfTasks.Count >= policy.MinTasks;
        return true;
    }

    // As the selection of evidence has it: near-duplicates once, few of one task.
    private bool Succeeds(FamilyEvent.EvidenceAdmitted admission, CurationPolicy? policy)
    {
        if (!admission.Outcome.IsVerifiedSuccess || !_shapes.Add(admission.Sketch.Fingerprint)) return false;
        var ofTask = _successesOfTasks[MinedEpisode.TaskOf(admission)] = _successesOfTasks.GetValueOrDefault(MinedEpisode.TaskOf(admission)) + 1;
        if (ofTask > policy?.MaxPerTask) return false;
        _successes++;
        return true;
    }

    private bool Counts(FamilyEvent.EvidenceAdmitted admission, int auditEvery)
    {
        if (!admission.Outcome.IsVerifiedSuccess && !admission.Outcome.IsVerifiedFailure) return false;
        var exposed = admission.Loaded.Any(l => _skills.Contains(l.Name)) && ++_exposures > 0;
        var without = _retired.Count > 0 && ++_withoutIt > 0;
        return auditEvery > 0 && ((exposed && _exposures % auditEvery == 0) || (without && _withoutIt % auditEvery == 0));
    }

    // Decisions are on record in the order in which they were made; those of later points are none of this one's.
    private void See(long leaf)
    {
        while (_decisionsSeen < _decisions.Count && FamilyHistory.Precedes(_decisions[_decisionsSeen], Number, leaf))
        {
            var decided = _decisions[_decisionsSeen++];
            if (decided.Result is { } result) _skills.Add(result.SkillId);
            var line = decided.SiblingFor ?? "";
            if (decided.Operation == CurationOperation.Retire)
            {
                _retired.Add(line);
                _withoutIt = 0;
            }
            if (decided.Operation is CurationOperation.Reinstate or CurationOperation.Create) _retired.Remove(line);
        }
        while (_acceptedSeen < _accepted.Count && _accepted[_acceptedSeen].Leaf < leaf) _skills.Add(_accepted[_acceptedSeen++].SkillId);
    }
}
