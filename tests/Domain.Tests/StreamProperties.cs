using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Policies;
using Pipeline.Domain.Releases;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Tests.Families;
using Pipeline.Domain.Tests.Ledger;
using Pipeline.Domain.Tests.Trajectories;
using Pipeline.Domain.Trajectories;

namespace Pipeline.Domain.Tests;

/// <summary>What holds of every kind of stream. Skills, whose commands ask several streams at once, have more of their own.</summary>
public sealed class StreamProperties
{
    // Samples with other numbers and with texts exchanged: events that fit their records and make no sense.
    private static Arbitrary<IReadOnlyList<ILedgerEvent>> AnyEvents { get; } = Properties.Sequences(
        Gen.Elements(EventSamples.All.ToArray()).Zip(Gen.Choose(0, int.MaxValue), Scrambled), longest: 30);

    [Fact]
    public void Folding_any_events_in_any_order_never_throws() => Prop.ForAll(AnyEvents, events =>
    {
        Skill.Fold(events);
        Family.Fold(events);
        PolicyShelf.Fold(events);
        Release.Fold(events);
        TrajectoryRecord.Fold(events);
    }).Check(Properties.Config(1000));

    [Fact]
    public void What_folds_can_be_looked_at() => Prop.ForAll(AnyEvents, events =>
        string.Concat(StateText.Of(Skill.Fold(events)), StateText.Of(Family.Fold(events)), StateText.Of(Release.Fold(events))).Length > 0)
        .Check(Properties.Config());

    [Fact]
    public void Scrambled_samples_are_mostly_events_that_this_program_knows() =>
        AnyEvents.Generator.Sample(200).SelectMany(e => e).ToList().ShouldSatisfyAllConditions(
            all => all.Count(e => e is not UnknownEvent).ShouldBeGreaterThan(all.Count / 2),
            all => all.Count(e => e is UnknownEvent).ShouldBeGreaterThan(0));

    [Fact]
    public void Families() => Holds(Family.Fold, FamilyDecider.Decide,
        Gen.OneOf<FamilyCommand>(
            Gen.Choose(1, 4).Zip(Gen.Elements(true, false), (n, success) => (FamilyCommand)FamilySpecs.Admit(FamilySpecs.Evidence($"e{n}", success))),
            Gen.Choose(1, 4).Select(n => (FamilyCommand)new FamilyCommand.Withdraw($"e{n}", "rejected")),
            Gen.Elements(Enum.GetValues<CurationOperation>()).Zip(Gen.Choose(-1, 12), (operation, through) =>
                (FamilyCommand)new FamilyCommand.Conclude(FamilySpecs.Decided(operation, through)))),
        (family, events) =>
        {
            family.Evidence.Select(e => e.EvidenceId).ShouldBeUnique();
            family.EvidenceEvents.ShouldBe(events.Count(e => e is FamilyEvent.EvidenceAdmitted or FamilyEvent.EvidenceWithdrawn));
            family.Decisions.Select(d => d.ThroughEvidence).ShouldBe(family.Decisions.Select(d => d.ThroughEvidence).Distinct().Order());
            family.DecidedThrough.ShouldBeLessThanOrEqualTo(family.EvidenceEvents);
        });

    [Fact]
    public void Policies() => Holds(PolicyShelf.Fold, PolicyDecider.Decide,
        Gen.OneOf<PolicyCommand>(
            Gen.Choose(1, 3).Zip(Gen.Choose(1, 3), (version, digest) => (PolicyCommand)new PolicyCommand.Publish("default", version, $"d{digest}", digest)),
            Gen.Choose(1, 4).Select(digest => (PolicyCommand)new PolicyCommand.Activate($"d{digest}", "why"))),
        (shelf, _) =>
        {
            shelf.Published.Select(p => (p.Id, p.Version)).ShouldBeUnique();
            if (shelf.Active is { } active) shelf.Published.ShouldContain(active);
        });

    [Fact]
    public void Releases()
    {
        var refused = Gen.Elements<PinChange>(PinChange.Stands, PinChange.Stands, PinChange.Refused);
        static ReleasePlan Plan(int n, PinChange change) =>
            new("production", ReleaseManifest.Of([new("greet", "production", n, $"d{n}")]), [new("greet", "production", n, n, change, "why")], []);
        Holds(Release.Fold, ReleaseDecider.Decide,
            Gen.OneOf<ReleaseCommand>(
                Gen.Choose(1, 3).Zip(refused, (n, change) => (ReleaseCommand)new ReleaseCommand.Apply("c", "azd") { Plan = Plan(n, change) }),
                Gen.Choose(1, 4).Zip(refused, (n, change) => (ReleaseCommand)new ReleaseCommand.RollBack("c", "azd", "worse") { Plan = Plan(n, change) })),
            (release, _) => release.History.Zip(release.History.Skip(1)).Any(pair => pair.First == pair.Second).ShouldBeFalse());
    }

    [Fact]
    public void Trajectories() => Holds(TrajectoryRecord.Fold, TrajectoryDecider.Decide,
        Gen.OneOf<TrajectoryCommand>(
            Gen.Choose(1, 2).Select(n => (TrajectoryCommand)new TrajectoryCommand.Record(TrajectorySpecs.Recorded($"p{n}"))),
            Gen.Elements(true, false).Zip(Gen.Elements(Enum.GetValues<VerifiedBy>()), (success, by) =>
                (TrajectoryCommand)new TrajectoryCommand.CorrectOutcome(new(success, null, by), "gold was wrong")),
            Gen.Elements("no steps", "too large").Select(why => (TrajectoryCommand)new TrajectoryCommand.Reject("t1", "urn:shop", "run-1", why)),
            Gen.Constant((TrajectoryCommand)new TrajectoryCommand.EraseSubject("asked for"))),
        (state, events) => events.OfType<TrajectoryEvent.TrajectoryRecorded>().Count().ShouldBe(state.Facts is null ? 0 : 1));

    private static void Holds<TState, TCommand>(
        Func<IEnumerable<ILedgerEvent>, TState> fold, Func<TCommand, TState, Decision> decide,
        Gen<TCommand> commands, Action<TState, IReadOnlyList<ILedgerEvent>> invariant) =>
        Prop.ForAll(Properties.Sequences(commands, longest: 30), sequence =>
        {
            var events = new List<ILedgerEvent>();
            foreach (var command in sequence)
            {
                if (decide(command, fold(events)) is not Decision.Accepted accepted) continue;
                events.AddRange(accepted.Events);
                var state = fold(events);
                invariant(state, events);
                decide(command, state).ShouldBeOfType<Decision.Accepted>().Events.ShouldBeEmpty($"{command} is in effect already");
            }
            StateText.Of(fold(events.Select(EventText.Stored))).ShouldBe(StateText.Of(fold(events)));
        }).Check(Properties.Config());

    private static ILedgerEvent Scrambled(ILedgerEvent sample, int seed)
    {
        var random = new Random(seed);
        var alias = EventCatalogue.Default.AliasOf(sample);
        return EventCatalogue.Default.Read(alias, Scramble(JsonNode.Parse(EventCatalogue.Write(sample))!, random)!.ToJsonString());
    }

    private static JsonNode? Scramble(JsonNode node, Random random) => node switch
    {
        JsonObject members => new JsonObject(members.Select(m => KeyValuePair.Create(m.Key, Scramble(m.Value!, random)))),
        JsonArray items => new JsonArray([.. items.SelectMany(i => Enumerable.Repeat(i, random.Next(0, 3))).Select(i => Scramble(i!, random))]),
        JsonValue value => value.GetValueKind() switch
        {
            JsonValueKind.Number => random.Next(-3, 9),
            JsonValueKind.String when random.Next(0, 20) == 0 => random.Next(0, 2) == 0 ? "" : "exchange-items",
            _ => value.DeepClone(),
        },
        _ => null,
    };
}
