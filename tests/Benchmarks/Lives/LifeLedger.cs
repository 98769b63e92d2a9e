using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Reruns;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Benchmarks.Lives;

/// <summary>The ledger of a life, in memory: runs come in as they do over the queue, and curation looks at each at once.</summary>
internal sealed class LifeLedger : IRecordedInputs
{
    private static readonly DateTimeOffset Birth = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<string, MinedEpisode> _episodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Advice> _advice = new(StringComparer.Ordinal);
    private readonly CurationRun _curation;
    private readonly TimeSpan _apart;
    private long _leaf;

    /// <param name="apart">Between two runs.</param>
    public LifeLedger(ActivePolicy policy, TimeSpan apart) => (_curation, _apart) = (new(PolicyTimeline.Always(policy), this), apart);

    public CurationRun Curation => _curation;

    /// <summary>The skill that serves a trade, with what it says; null while nothing is served.</summary>
    public (Skill Skill, Advice Advice)? Served(Trade trade) =>
        _curation.SkillOf(trade.Family) is { Latest: { } latest } skill && AdviceOf(latest.PackageDigest) is { } advice ? (skill, advice) : null;

    public Advice? AdviceOf(string digest)
    {
        if (_advice.TryGetValue(digest, out var known)) return known;
        return _curation.Library.TextOf(digest) is { } text ? _advice[digest] = new(text) : null;
    }

    public MinedEpisode Episode(string evidenceId) => _episodes[evidenceId];

    /// <summary>Takes a run in and curates the families that it is evidence for.</summary>
    public IReadOnlyList<MadeDecision> Take(Trajectory trajectory, int run)
    {
        var id = TrajectoryRecord.IdOf(trajectory.Source, trajectory.Id);
        var at = Birth + run * _apart;
        var made = new List<MadeDecision>();
        foreach (var episode in EpisodeSplitter.Split(trajectory))
        {
            var reference = EpisodeSplitter.ReferenceOf(id, trajectory.Environment, episode);
            var evidence = EvidenceOf(trajectory, id, episode, reference);
            _episodes[evidence.EvidenceId] = new(evidence, episode);
            if (!_curation.Families.Contains(reference.FamilyId)) Record(reference.FamilyId, new FamilyEvent.FamilyOpened(reference.FamilyId, trajectory.Environment, episode.Effect), at);
            Record(reference.FamilyId, evidence, at);
            made.AddRange(Done(_curation.CurateAsync(reference.FamilyId, CancellationToken.None)).Where(m => m.IsNew));
        }
        return made;
    }

    /// <summary>Sweeps the library, as the timer does.</summary>
    public IReadOnlyList<MadeDecision> Sweep(int run) => Done(_curation.SweepAsync(_leaf - 1, Birth + run * _apart, CancellationToken.None));

    public ValueTask<IReadOnlyList<MinedEpisode>> EpisodesAsync(string familyId, IReadOnlyList<FamilyEvent.EvidenceAdmitted> evidence, CancellationToken ct) =>
        new([.. evidence.Select(e => _episodes[e.EvidenceId])]);

    public ValueTask<byte[]?> ContentAsync(string digest, CancellationToken ct) => new((byte[]?)null);

    // Nothing in memory waits for anything.
    private static T Done<T>(ValueTask<T> task) => task.IsCompleted ? task.Result : throw new InvalidOperationException("something in memory waits");

    private void Record(string family, FamilyEvent @event, DateTimeOffset at) => _curation.Take(new()
    {
        Id = new((int)_leaf, 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]),
        StreamId = Streams.Of(Streams.Family, family),
        Version = _leaf + 1,
        SequenceNumber = _leaf + 1,
        Leaf = _leaf++,
        Alias = EventCatalogue.Default.AliasOf(@event),
        Event = @event,
        Context = new() { Actor = new(ActorKind.Emitter, "life"), CausationId = "life", CorrelationId = "life", DecidedBy = "life", RecordedAt = at },
    });

    private static FamilyEvent.EvidenceAdmitted EvidenceOf(Trajectory t, string id, Episode episode, EpisodeReference reference) => new()
    {
        EvidenceId = reference.EvidenceId,
        TrajectoryId = id,
        Source = t.Source,
        Task = t.Task,
        Model = t.Model,
        FirstStep = episode.FirstStep,
        LastStep = episode.LastStep,
        Outcome = t.Outcome,
        Sketch = new([.. episode.Calls.Select(c => c.Tool)], episode.Calls.Count, episode.Calls.Count(c => c.Failed), Digest.Short($"{t.Task}\n{string.Join('\n', episode.Calls.Select(c => c.Tool))}", 16)),
        Loaded = t.SkillUsage.Loaded,
        Taint = [],
    };
}
