using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Sweeping;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Reruns;

/// <summary>Curation in a ledger in memory that begins empty: evidence comes in, decisions are made at its decision points by the policies of
/// a timeline, and what they make stands in the library. The same evidence in the same order makes the same library.</summary>
public sealed class CurationRun(PolicyTimeline timeline, IRecordedInputs inputs)
{
    private readonly SortedDictionary<string, FamilyRun> _families = new(StringComparer.Ordinal);

    public SkillLibrary Library { get; } = new();

    /// <summary>Families by id.</summary>
    public IEnumerable<string> Families => _families.Keys;

    /// <summary>Families whose skill it is, by id.</summary>
    public IEnumerable<string> FamiliesOf(string skillId) => _families.Values.Where(f => f.SkillId == skillId).Select(f => f.Id);

    /// <summary>The skill that serves a family: its own, or the one that took that up; <see cref="Skill.None"/> while it has none.</summary>
    public Skill SkillOf(string familyId)
    {
        var skill = _families.TryGetValue(familyId, out var family) ? Library.Find(family.SkillId) : Skill.None;
        while (skill is { Lifecycle: Lifecycle.Absorbed, AbsorbedInto: { } survivor }) skill = Library.Find(survivor.SkillId);
        return skill;
    }

    /// <summary>Takes in what came to a family: that it was opened, evidence, a withdrawal. Nothing is decided yet.</summary>
    /// <exception cref="ArgumentException">It is a decision: those are made here.</exception>
    public void Take(RecordedEvent recorded)
    {
        // What a model said of another policy's draft says nothing of this one's.
        if (recorded.Event is FamilyEvent.ModelConsulted) return;
        if (recorded.Event is FamilyEvent.CurationDecided or not FamilyEvent) throw new ArgumentException("only what comes to a family is taken in", nameof(recorded));
        var id = Streams.IdOf(recorded.StreamId);
        if (!_families.TryGetValue(id, out var family)) _families.Add(id, family = new(id, _families.GetValueOrDefault));
        family.Add(recorded);
    }

    /// <summary>Decides at the decision points that the family has come to.</summary>
    /// <param name="through">Not beyond this one.</param>
    /// <param name="holdAt">Stops before a point for which this holds.</param>
    /// <returns>What it concluded at each.</returns>
    public async ValueTask<IReadOnlyList<MadeDecision>> CurateAsync(string familyId, CancellationToken ct, int through = int.MaxValue, Func<int, bool>? holdAt = null)
    {
        if (!_families.TryGetValue(familyId, out var family)) return [];
        var made = new List<MadeDecision>();
        while (family.Next(timeline) is { } point && point.Number <= through && holdAt?.Invoke(point.Number) != true)
        {
            family.Look(point.Number);
            var concluded = await family.DecideAsync(point, Library, inputs, ct);
            var decision = concluded.Decision;
            made.Add(new(familyId, decision, concluded.IsNew, concluded.SkillId, concluded.SkillEvents, concluded.Unreadable.Count));
            if (!concluded.IsNew) continue;
            family.Add(point.Evidence with { Event = decision, Alias = EventCatalogue.Default.AliasOf(decision) });
            if (concluded.Package is { } package) Library.Keep(package);
            foreach (var @event in concluded.SkillEvents) Library.Apply(concluded.SkillId, @event);
        }
        return made;
    }

    /// <summary>Sweeps the library as it stands: what is stale, and what became one.</summary>
    /// <param name="leaf">The last one that was taken in.</param>
    /// <returns>What was decided, once for each family that it is about.</returns>
    public async ValueTask<IReadOnlyList<MadeDecision>> SweepAsync(long leaf, DateTimeOffset at, CancellationToken ct)
    {
        if (timeline.At(leaf + 1) is not { } active) return [];
        var swept = new List<SweptFamily>();
        foreach (var family in _families.Values) swept.Add(await family.SweptAsync(leaf, Library, inputs, ct));
        var input = new SweepInput { Leaf = leaf, At = at, PolicyReference = active.Reference, Policy = active.Policy, Families = swept };
        var episodes = new Dictionary<string, IReadOnlyList<MinedEpisode>>(StringComparer.Ordinal);
        foreach (var id in LibrarySweep.NeedsEpisodesOf(input))
            episodes[id] = await inputs.EpisodesAsync(id, EvidenceSelection.Select(swept.Single(f => f.Id == id).Family.Evidence, active.Policy), ct);
        return [.. LibrarySweep.Decide(input with { Episodes = episodes }).SelectMany(Do)];
    }

    private IEnumerable<MadeDecision> Do(SweepConclusion conclusion)
    {
        var made = new List<SkillEvents>();
        foreach (var (id, command) in conclusion.Commands)
            if (SkillDecider.Decide(command, Library.Find(id)) is Decision.Accepted { Events: var events }) made.Add(new(id, [.. events.Cast<SkillEvent>()]));
        if (conclusion.Merge is { } merge)
        {
            Library.Keep(merge.Package);
            if (SkillMerge.Decide(new SkillMerge.Merge(merge.Content), Library.Find(merge.SurvivorId), [.. merge.AbsorbedIds.Select(Library.Find)]) is MergeDecision.Accepted { PerSkill: var perSkill })
                made.AddRange(perSkill);
        }
        foreach (var (id, events) in made.Select(m => (m.SkillId, m.Events)))
            foreach (var @event in events) Library.Apply(id, @event);
        foreach (var (id, decision) in conclusion.Decisions)
            yield return new(id, decision, _families[id].Conclude(decision), decision.Result?.SkillId ?? "", [.. made.SelectMany(m => m.Events)], 0);
    }

    /// <summary>Does to a skill what somebody did to it by hand, as far as it is there to do it to.</summary>
    /// <returns>Why it cannot be done; empty where it was.</returns>
    public string ByHand(string skillId, SkillEvent done)
    {
        // What is no curator's business, such as an alias, has nothing to be compared with.
        if (done is not (SkillEvent.SkillCreated or SkillEvent.SkillImproved or SkillEvent.SkillRetired or SkillEvent.SkillReinstated or SkillEvent.SkillRolledBack or SkillEvent.VersionRevoked)) return "";
        var skill = Library.Find(skillId);
        if (CommandFor(done, skill) is not { } command) return skill.Lifecycle == Lifecycle.Unborn ? "there is no such skill" : "there is no such version";
        if (command is SkillCommand.Create { Name: var name } && Library.HolderOf(name) is { } holder && holder != skillId) return $"the name {name} is {holder}'s";
        if (SkillDecider.Decide(command, skill) is not Decision.Accepted { Events: var events }) return "it is not in a state for that";
        foreach (var @event in events) Library.Apply(skillId, @event);
        return "";
    }

    private static SkillCommand? CommandFor(SkillEvent done, Skill skill) => done switch
    {
        SkillEvent.SkillCreated e => new SkillCommand.Create(e.SkillId, e.Name, e.Origin, e.FamilyId, e.Environment, e.Kind, e.Content),
        _ when skill.Lifecycle == Lifecycle.Unborn => null,
        SkillEvent.SkillImproved e => new SkillCommand.Improve(skill.Current!.Number, e.Content, e.Edits),
        SkillEvent.SkillRetired e => new SkillCommand.Retire(e.Cause, e.Reason),
        SkillEvent.SkillReinstated e => new SkillCommand.Reinstate(e.Reason),
        SkillEvent.SkillRolledBack e => Same(e.PackageDigest, skill) is { } number ? new SkillCommand.RollBack(number, e.Reason) : null,
        SkillEvent.VersionRevoked e => Same(e.PackageDigest, skill) is { } number ? new SkillCommand.Revoke(number, e.Reason) : null,
        _ => null,
    };

    private static int? Same(string packageDigest, Skill skill) => skill.Versions.FindLast(v => v.PackageDigest == packageDigest)?.Number;
}

/// <param name="IsNew">False where it says what it said last: then nothing goes on record.</param>
/// <param name="SkillId">The skill that it is about; empty while there is none.</param>
/// <param name="SkillEvents">What it does to the skill.</param>
/// <param name="Unreadable">Episodes that it was to look at and could not.</param>
public sealed record MadeDecision(string FamilyId, FamilyEvent.CurationDecided Decision, bool IsNew, string SkillId, IReadOnlyList<ILedgerEvent> SkillEvents, int Unreadable);
