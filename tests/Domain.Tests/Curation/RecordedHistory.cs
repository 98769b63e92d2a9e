using System.Text;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Reruns;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Tests.Curation;

/// <summary>A sealed history in memory, as a ledger has it: evidence comes, curation decides, people do things by hand, texts are erased.</summary>
internal sealed class RecordedHistory : IRecordedInputs
{
    private readonly List<RecordedEvent> _events = [];
    private readonly Dictionary<string, MinedEpisode> _episodes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _gone = new(StringComparer.Ordinal);
    private readonly CurationRun _run;

    private readonly PolicyTimeline _timeline;

    public RecordedHistory(ActivePolicy? policy = null)
    {
        _timeline = policy is null ? Timeline : PolicyTimeline.Always(policy);
        _run = new(_timeline, this);
    }

    public static ActivePolicy Policy { get; } = Active(AFamily.Default with { Rules = new() { Merge = "overlap", Stale = "silence" } });

    public static PolicyTimeline Timeline { get; } = PolicyTimeline.Always(Policy);

    public IReadOnlyList<RecordedEvent> Events => _events;

    public static ActivePolicy Active(CurationPolicy policy) => new(new(policy.Id, policy.Version, $"sha256:{policy.Id}"), policy);

    /// <summary>Evidence, looked at as it comes or not yet.</summary>
    public RecordedHistory Learn(IEnumerable<MinedEpisode> episodes, bool looks = true)
    {
        foreach (var episode in episodes)
        {
            var family = EpisodeSplitter.FamilyOf("library", episode.Episode.Effect);
            if (!_run.Families.Contains(family)) Take(family, new FamilyEvent.FamilyOpened(family, "library", episode.Episode.Effect));
            _episodes[episode.Id] = episode;
            Take(family, episode.Evidence);
            if (looks) Look();
        }
        return this;
    }

    public RecordedHistory Look()
    {
        foreach (var family in _run.Families.ToList()) RecordAll(Run(_run.CurateAsync(family, CancellationToken.None)));
        return this;
    }

    /// <param name="leftOut">Families that the sweep does not look at; null: none, and it says nothing about it.</param>
    public RecordedHistory Sweep(params string[]? leftOut) => Sweep(_events.Count - 1, leftOut);

    public RecordedHistory Sweep(int leaf, params string[]? leftOut)
    {
        var last = _events.Take(leaf + 1).Last(e => e.Event is FamilyEvent && leftOut?.Contains(Streams.IdOf(e.StreamId)) != true);
        RecordAll(Run(_run.SweepAsync(leaf, last.Context.RecordedAt, CancellationToken.None, leftOut)));
        return this;
    }

    public RecordedHistory ByHand(string skill, SkillEvent done)
    {
        _run.ByHand(skill, done).ShouldBeEmpty();
        Record(Streams.Of(Streams.Skill, skill), done, ActorKind.Admin);
        return this;
    }

    /// <summary>The text of a run goes, and the ledger says so or does not.</summary>
    public RecordedHistory Lose(MinedEpisode episode, bool says = true)
    {
        _gone.Add(episode.Id);
        if (says) Record(Streams.Of(Streams.Trajectory, episode.Evidence.TrajectoryId), new TrajectoryEvent.SubjectErased("s", "d", "asked for"), ActorKind.Admin);
        return this;
    }

    /// <summary>As if somebody had written another event in the place of one.</summary>
    public RecordedHistory Tamper<T>(Func<T, bool> which, Func<T, ILedgerEvent> with) where T : ILedgerEvent
    {
        var at = _events.FindIndex(e => e.Event is T known && which(known));
        _events[at] = _events[at] with { Event = with((T)_events[at].Event) };
        return this;
    }

    public RecordedHistory Remove<T>(Func<T, bool> which) where T : ILedgerEvent
    {
        _events.RemoveAt(_events.FindIndex(e => e.Event is T known && which(known)));
        return this;
    }

    public IReadOnlyList<RederivedDecision> Rederive(Func<string, int>? lookedThrough = null, long after = -1) =>
        Run(new Rederivation(HistorySurvey.Of(_events), _timeline, this, lookedThrough ?? (_ => int.MaxValue)) { After = after }.RunAsync(_events.ToAsyncEnumerable(), CancellationToken.None));

    public (IReadOnlyList<WhatIfDecision> Decisions, WhatIf Run) WhatIf(CurationPolicy policy)
    {
        var run = new WhatIf(HistorySurvey.Of(_events), Active(policy), this, _ => int.MaxValue);
        return (Run(run.RunAsync(_events.ToAsyncEnumerable(), CancellationToken.None)), run);
    }

    public ValueTask<IReadOnlyList<MinedEpisode>> EpisodesAsync(string familyId, IReadOnlyList<FamilyEvent.EvidenceAdmitted> evidence, CancellationToken ct) =>
        new([.. evidence.Where(e => !_gone.Contains(e.EvidenceId)).Select(e => _episodes[e.EvidenceId] with { Evidence = e })]);

    // Of what was learned here.
    public ValueTask<byte[]?> ContentAsync(string digest, CancellationToken ct) => new((
        from skill in _run.Library.All
        from version in skill.Versions
        from file in version.Package.Files
        where file.Sha256 == digest
        let text = file.Path == Package.SkillFile ? _run.Library.TextOf(version.PackageDigest) : _run.Library.VariantsOf(version.PackageDigest)
        select text is null ? null : Encoding.UTF8.GetBytes(text)).FirstOrDefault());

    private void Take(string family, FamilyEvent @event) => _run.Take(Record(Streams.Of(Streams.Family, family), @event, ActorKind.Emitter));

    // As a transaction has it: the decisions on the families' streams, then what they do to the skills.
    private void RecordAll(IReadOnlyList<MadeDecision> made)
    {
        foreach (var together in made.Where(m => m.IsNew).GroupBy(m => (m.Decision.Leaf, m.Decision.Result?.SkillId, m.Decision.ThroughEvidence * (m.Decision.Sweep is null ? 1 : 0))))
        {
            foreach (var one in together) Record(Streams.Of(Streams.Family, one.FamilyId), one.Decision, ActorKind.Policy);
            foreach (var (skill, @event) in together.SelectMany(m => m.SkillEvents)) Record(Streams.Of(Streams.Skill, skill), @event, ActorKind.Policy);
        }
    }

    private RecordedEvent Record(string stream, ILedgerEvent @event, ActorKind actor)
    {
        var recorded = new RecordedEvent
        {
            Id = new(_events.Count, 0, 0, Encoding.UTF8.GetBytes("recorded")),
            StreamId = stream,
            Version = _events.Count(e => e.StreamId == stream) + 1,
            SequenceNumber = _events.Count + 1,
            Leaf = _events.Count,
            Alias = EventCatalogue.Default.AliasOf(@event),
            Event = @event,
            Context = new()
            {
                Actor = new(actor, "someone"),
                CausationId = "c",
                CorrelationId = "c",
                DecidedBy = "d",
                RecordedAt = AFamily.Noon.AddMinutes(_events.Count),
            },
        };
        _events.Add(recorded);
        return recorded;
    }

    // Nothing in memory waits for anything.
    private static T Run<T>(ValueTask<T> task)
    {
        task.IsCompleted.ShouldBeTrue();
        return task.Result;
    }

    private static List<T> Run<T>(IAsyncEnumerable<T> items) => Run(items.ToListAsync());
}
