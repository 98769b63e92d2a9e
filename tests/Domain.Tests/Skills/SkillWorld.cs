using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using static Pipeline.Domain.Skills.SkillCommand;

namespace Pipeline.Domain.Tests.Skills;

/// <summary>One random thing that is done to a world of four skills; what it means depends on how the world stands then.</summary>
internal sealed record Step(Act Act, int Skill, int Other, int Third, int Number, string Text);

internal enum Act
{
    Create, Improve, ImproveOld, Merge, MergeThree, UndoMerge, Retire, Reinstate, RollBack, Revoke, RequestValidation, CompleteValidation, Approve,
    WithdrawApproval, DecideTier, Quarantine, MoveAlias, RemoveAlias, SummariseUsage, PinAlias, UnpinAlias,
}

/// <summary>Four skills and their streams, small enough that random commands meet: few texts, few versions, few names.</summary>
internal sealed record SkillWorld(
    ImmutableSortedDictionary<string, ImmutableList<ILedgerEvent>> Streams, ImmutableSortedDictionary<string, Skill> States)
{
    private static readonly DateTimeOffset Monday = new(2026, 3, 9, 0, 0, 0, TimeSpan.Zero);
    private static readonly string[] Ids = ["a", "b", "c", "d"];

    /// <summary>Three skills exist, the fourth is still to be created.</summary>
    public static SkillWorld Start { get; } = new SkillWorld(
            Ids.ToImmutableSortedDictionary(id => id, _ => ImmutableList<ILedgerEvent>.Empty, StringComparer.Ordinal),
            Ids.ToImmutableSortedDictionary(id => id, _ => Skill.None, StringComparer.Ordinal))
        .Append([.. Ids.Take(3).Select(id => new SkillEvents(id, [SomeSkill.Created(id, id)]))]);

    public static Arbitrary<IReadOnlyList<Step>> Sequences { get; } = Properties.Sequences(
        from act in Gen.Frequency([.. Enum.GetValues<Act>().Select(a => (Weight(a), Gen.Constant(a)))])
        from skill in Gen.Choose(0, 3)
        from other in Gen.Choose(0, 3)
        from third in Gen.Choose(0, 3)
        from number in Gen.Choose(0, 5)
        from text in Gen.Elements("a", "b", "x", "y", "z")
        select new Step(act, skill, other, third, number, text));

    public IEnumerable<Skill> Skills => States.Values;

    public SkillWorld Append(IReadOnlyList<SkillEvents> events) => new(
        events.Aggregate(Streams, (streams, e) => streams.SetItem(e.SkillId, streams[e.SkillId].AddRange(e.Events))),
        events.Aggregate(States, (states, e) => states.SetItem(e.SkillId, e.Events.Aggregate(states[e.SkillId], Skill.Evolve))));

    /// <summary>The step as a command with this world's numbers filled in, to be decided on in this world or a later one.
    /// It answers with events, or with none and the code of the refusal.</summary>
    public Func<SkillWorld, (IReadOnlyList<SkillEvents> Events, string Refusal)> Command(Step step)
    {
        var id = Ids[step.Skill];
        var content = SomeSkill.Content(step.Text);
        switch (step.Act)
        {
            case Act.Merge:
                return world => Answer(SkillMerge.Decide(new SkillMerge.Merge(content), world.States[id], [world.States[Ids[step.Other]]]));
            case Act.MergeThree:
                return world => Answer(SkillMerge.Decide(
                    new SkillMerge.Merge(content), world.States[id], [world.States[Ids[step.Other]], world.States[Ids[step.Third]]]));
            case Act.UndoMerge:
                var merges = States[id].Versions.FindAll(v => v.Operation == VersionOperation.Merge);
                var merge = merges.Count == 0 ? null : merges[step.Number % merges.Count];
                var absorbed = merge?.Parents.Select(p => p.SkillId).Where(p => p != id).ToList() ?? [];
                return world => Answer(SkillMerge.Decide(
                    new SkillMerge.Undo(merge?.Number ?? step.Number, "they differ"), world.States[id], absorbed.ConvertAll(a => world.States[a])));
            default:
                var command = One(step, id, States[id], content);
                return world => Answer(SkillDecider.Decide(command, world.States[id]), id);
        }
    }

    private static SkillCommand One(Step step, string id, Skill skill, VersionContent content) => step.Act switch
    {
        Act.Create => SomeSkill.Create(id, step.Text),
        Act.Improve => new Improve(skill.Versions.Count, content, []),
        Act.ImproveOld => new Improve(step.Number, content, []),
        Act.Retire => new Retire(RetirementCause.Stale, "stale"),
        Act.Reinstate => new Reinstate("needed"),
        Act.RollBack => new RollBack(step.Number, "worse"),
        Act.Revoke => new Revoke(step.Number, "leaks"),
        Act.RequestValidation => new RequestValidation($"job-{step.Other}", step.Number, "structure", "1", "rules"),
        Act.CompleteValidation => new CompleteValidation(
            $"job-{step.Other}", skill.OpenJobs.GetValueOrDefault($"job-{step.Other}", step.Number), "structure", "1", "rules",
            (Verdict)step.Third, new Dictionary<string, double>(StringComparer.Ordinal) { ["seconds"] = step.Number / 8.0 }, "report"),
        Act.Approve => new Approve(Made(step, skill), $"approver-{step.Other % 2}", "read"),
        Act.WithdrawApproval => new WithdrawApproval(Made(step, skill), $"approver-{step.Other % 2}", "changed"),
        Act.DecideTier => new DecideTier(Made(step, skill), (Tier)step.Other, "default@1", [], step.Third == 0 ? ["one source"] : []),
        Act.Quarantine => new SkillCommand.Quarantine([step.Number], "1 of another"),
        Act.MoveAlias => new MoveAlias(step.Other < 2 ? "canary" : "production", Made(step, skill), "fine") { Share = step.Third == 0 ? 10 : null },
        Act.PinAlias => new MoveAlias(step.Other < 2 ? "canary" : "production", Made(step, skill), "release 1 of test") { PinnedBy = step.Third < 2 ? "test" : "other" },
        Act.UnpinAlias => new UnpinAlias(step.Other < 2 ? "canary" : "production", step.Third < 2 ? "test" : "other", "release 2 of test"),
        Act.RemoveAlias => new RemoveAlias("canary", "none left"),
        Act.SummariseUsage => new SummariseUsage(step.Number, step.Text, Monday, Monday.AddDays(step.Other), 10, 8, 9, 5, 1000),
        _ => throw new ArgumentOutOfRangeException(nameof(step), step.Act, "asks several skills"),
    };

    // Mostly a version that there is: what trust is about has to meet.
    private static int Made(Step step, Skill skill) => skill.Versions.Count == 0 ? step.Number : 1 + (step.Number % skill.Versions.Count);

    private static int Weight(Act act) => act switch
    {
        Act.Improve or Act.Merge or Act.MergeThree or Act.UndoMerge or Act.Approve or Act.WithdrawApproval or Act.DecideTier or Act.MoveAlias => 4,
        Act.Create or Act.Retire or Act.Quarantine => 1,
        _ => 2,
    };

    private static (IReadOnlyList<SkillEvents>, string) Answer(Decision decision, string id) => decision switch
    {
        Decision.Accepted { Events.Count: 0 } => ([], ""),
        Decision.Accepted accepted => ([new(id, [.. accepted.Events.Cast<SkillEvent>()])], ""),
        Decision.Refused refused => ([], refused.Code),
        _ => throw new InvalidOperationException(),
    };

    private static (IReadOnlyList<SkillEvents>, string) Answer(MergeDecision decision) => decision switch
    {
        MergeDecision.Accepted accepted => (accepted.PerSkill, ""),
        MergeDecision.Refused refused => ([], refused.Code),
        _ => throw new InvalidOperationException(),
    };
}
