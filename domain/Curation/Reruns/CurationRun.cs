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

    /// <summary>Families whose skill it is, or a sibling of it, by id.</summary>
    public IEnumerable<string> FamiliesOf(string skillId) => _families.Values.Where(f => f.Has(skillId)).Select(f => f.Id);

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
    /// <param name="holdAt">Stops before a step for which this holds.</param>
    /// <returns>What it concluded at each.</returns>
    public async ValueTask<IReadOnlyList<MadeDecision>> CurateAsync(string familyId, CancellationToken ct, DecisionStep? through = null, Func<DecisionStep, bool>? holdAt = null)
    {
        if (!_families.TryGetValue(familyId, out var family)) return [];
        var made = new List<MadeDecision>();
        while (family.Next(timeline) is { } due && (through is not { } last || due.Step <= last) && holdAt?.Invoke(due.Step) != true)
        {
            family.Look(due.Step);
            var concluded = await family.DecideAsync(due, Library, inputs, ct);
            var decision = concluded.Decision;
            made.Add(new(familyId, decision, concluded.IsNew, [.. concluded.SkillEvents.Select(e => (concluded.SkillId, e))], concluded.Unreadable.Count));
            if (!concluded.IsNew) continue;
            family.Add(due.Point.Evidence with { Event = decision, Alias = EventCatalogue.Default.AliasOf(decision) });
            if (concluded.Package is { } package) Library.Keep(package);
            foreach (var @event in concluded.SkillEvents) Library.Apply(concluded.SkillId, @event);
        }
        return made;
    }

    /// <summary>Sweeps the library as it stands for what no family can see for itself: skills that are stale, skills that are one.</summary>
    /// <param name="leaf">What was sealed up to it is looked at.</param>
    /// <param name="at">The time that the sweep takes as now.</param>
    /// <param name="leftOut">Families that it does not look at.</param>
    /// <returns>What it concluded and put on record.</returns>
    public async ValueTask<IReadOnlyList<MadeDecision>> SweepAsync(long leaf, DateTimeOffset at, CancellationToken ct, IReadOnlyList<string>? leftOut = null)
    {
        if (timeline.At(leaf + 1) is not { } active) return [];
        var sweep = await SweepRun.OfAsync(_families.Values, leaf, at, active, Library, inputs, ct, leftOut);
        var made = new List<MadeDecision>();
        foreach (var conclusion in sweep.Conclusions)
        {
            var isNew = conclusion.Decisions.All(d => FamilyDecider.Decide(new FamilyCommand.Conclude(d.Decision), _families[d.FamilyId].Now) is Decision.Accepted { Events.Count: > 0 });
            if (!isNew || SweepRun.EventsOf(conclusion, Library) is not { } events) continue;
            if (conclusion.Merge is { } merge) Library.Keep(merge.Package);
            foreach (var (skill, @event) in events) Library.Apply(skill, @event);
            foreach (var (id, decision) in conclusion.Decisions)
            {
                _families[id].Add(Swept(id, decision, leaf, at));
                var isFirst = decision == conclusion.Decisions[0].Decision;
                made.Add(new(id, decision, true, isFirst ? events : [], sweep.Unreadable.GetValueOrDefault(id, []).Count));
            }
        }
        return made;
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

    private static RecordedEvent Swept(string family, FamilyEvent.CurationDecided decision, long leaf, DateTimeOffset at) => new()
    {
        Id = Guid.Empty,
        StreamId = Streams.Of(Streams.Family, family),
        Version = 0,
        SequenceNumber = 0,
        Leaf = leaf,
        Alias = EventCatalogue.Default.AliasOf(decision),
        Event = decision,
        Context = new() { Actor = new(ActorKind.Policy, decision.Policy.Id), CausationId = "sweep", CorrelationId = family, DecidedBy = decision.Policy.Id, RecordedAt = at },
    };

    private static SkillCommand? CommandFor(SkillEvent done, Skill skill) => done switch
    {
        SkillEvent.SkillCreated e => new SkillCommand.Create(e.SkillId, e.Name, e.Origin, e.FamilyId, e.Environment, e.Kind, e.Content) { VariantOf = e.VariantOf, Model = e.Model },
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
/// <param name="SkillEvents">What it does to which skill; of several decisions about one merge, with the first.</param>
/// <param name="Unreadable">Episodes that it was to look at and could not.</param>
public sealed record MadeDecision(string FamilyId, FamilyEvent.CurationDecided Decision, bool IsNew, IReadOnlyList<(string SkillId, ILedgerEvent Event)> SkillEvents, int Unreadable);
