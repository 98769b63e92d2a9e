using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Policies;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;

namespace Pipeline.Domain.Curation.Reruns;

/// <summary>A first pass over a sealed history: what a run over it must know before it comes to it. What was erased is told by an event
/// after the decisions that had read it, and a decision stands after the evidence that it is about.</summary>
public sealed class HistorySurvey
{
    private readonly Dictionary<string, long> _erased = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<DecisionStep>> _decided = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Skill, int Version), SkillEvent> _made = [];

    private readonly List<(string Skill, long Leaf, SkillEvent Event)> _deeds = [];
    private readonly HashSet<(string Family, long Leaf)> _swept = [];
    private readonly Dictionary<long, long> _lastOfSweep = [];
    private readonly HashSet<string> _withoutText = new(StringComparer.Ordinal);

    /// <summary>How many leaves came from an archive, which has no texts of runs; 0 where the ledger was not imported.</summary>
    public long ImportedLeaves { get; init; }

    /// <summary>How many leaves there are.</summary>
    public long Leaves { get; private set; }

    /// <summary>Of the policy that is active at the end; empty when none is.</summary>
    public string ActiveDigest { get; private set; } = "";

    /// <summary>When the last event was recorded.</summary>
    public DateTimeOffset Until { get; private set; }

    /// <summary>How many decisions are on record.</summary>
    public int Decisions { get; private set; }

    /// <summary>Versions that curation made, by skill and number.</summary>
    public IReadOnlyDictionary<(string Skill, int Version), SkillEvent> Made => _made;

    /// <summary>What else curation did to skills, in leaf order: retired, reinstated, absorbed them.</summary>
    internal IReadOnlyList<(string Skill, long Leaf, SkillEvent Event)> Deeds => _deeds;

    public static HistorySurvey Of(IEnumerable<RecordedEvent> history)
    {
        var survey = new HistorySurvey();
        foreach (var recorded in history) survey.Add(recorded);
        return survey;
    }

    public void Add(RecordedEvent recorded)
    {
        (Leaves, Until) = (recorded.Leaf!.Value + 1, recorded.Context.RecordedAt);
        switch (recorded.Event)
        {
            case PolicyEvent.PolicyActivated activated when Streams.IdOf(recorded.StreamId) == PolicyShelf.Id:
                ActiveDigest = activated.Digest;
                break;
            case TrajectoryEvent.TrajectoryRecorded when recorded.Leaf < ImportedLeaves:
                _withoutText.Add(Streams.IdOf(recorded.StreamId));
                break;
            case TrajectoryEvent.SubjectErased:
                _erased.TryAdd(Streams.IdOf(recorded.StreamId), recorded.Leaf.Value);
                break;
            case FamilyEvent.CurationDecided decided:
                Decisions++;
                var family = Streams.IdOf(recorded.StreamId);
                if (!_decided.TryGetValue(family, out var points)) _decided.Add(family, points = []);
                if (decided.Sweep is not { } sweep)
                {
                    points.Add(DecisionStep.Of(decided));
                    break;
                }
                _swept.Add((family, sweep.Leaf));
                _lastOfSweep[sweep.Leaf] = recorded.Leaf.Value;
                break;
            case SkillEvent made when IsByPolicy(recorded) && VersionOf(made) is { } version:
                _made.TryAdd((Streams.IdOf(recorded.StreamId), version), made);
                break;
            case SkillEvent done when IsByPolicy(recorded) && RecordedDeeds.IsDeed(done):
                _deeds.Add((Streams.IdOf(recorded.StreamId), recorded.Leaf.Value, done));
                break;
        }
    }

    /// <summary>The leaf at which the run's text was erased; null where it was not.</summary>
    public long? ErasedAt(string trajectoryId) => _erased.TryGetValue(trajectoryId, out var leaf) ? leaf : null;

    /// <summary>Whether the run came here by an archive, and so without its text.</summary>
    public bool IsImported(string trajectoryId) => _withoutText.Contains(trajectoryId);

    public bool IsDecided(string familyId, DecisionStep step) => _decided.TryGetValue(familyId, out var steps) && steps.Contains(step);

    /// <summary>Whether the sweep of a leaf decided something about the family.</summary>
    public bool IsSwept(string familyId, long leaf) => _swept.Contains((familyId, leaf));

    /// <summary>The leaf of the last decision that the sweep of a leaf made; -1 where it made none.</summary>
    internal long LastOfSweep(long leaf) => _lastOfSweep.GetValueOrDefault(leaf, -1);

    public int DecisionsOf(string familyId) => _decided.TryGetValue(familyId, out var points) ? points.Count : 0;

    /// <summary>Whether curation did it; what anybody else did is an input of curation.</summary>
    public static bool IsByPolicy(RecordedEvent recorded) => recorded.Context.Actor.Kind == ActorKind.Policy;

    internal static int? VersionOf(SkillEvent made) => made switch
    {
        SkillEvent.SkillCreated => 1,
        SkillEvent.SkillImproved e => e.Version,
        SkillEvent.SkillMerged e => e.Version,
        SkillEvent.SkillRolledBack e => e.Version,
        _ => null,
    };
}
