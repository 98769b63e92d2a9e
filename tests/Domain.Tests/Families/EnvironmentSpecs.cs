using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Tests.Coding;
using Pipeline.Domain.Trajectories.Episodes;
using Pipeline.Domain.Trajectories.Episodes.Coding;
using static Pipeline.Domain.Families.EnvironmentEvent;

namespace Pipeline.Domain.Tests.Families;

public sealed class EnvironmentSpecs
{
    private static readonly string[] s_acts = ["write .csv", "write .py", "git commit", "pytest", "?read .md", "?grep", "scan", "make all"];

    [Fact]
    public void Runs_that_are_alike_share_a_family_and_others_open_one()
    {
        var assigned = Assign([.. Enumerable.Range(1, 4).SelectMany(n => new[] { Workshop.Report(n), Workshop.Mending(10 + n) }).SelectMany(r => r.Episodes)]);

        assigned.Select(a => a.FamilyId).Distinct().Count().ShouldBe(2);
        assigned.Where((_, i) => i % 2 == 0).Select(a => a.FamilyId).Distinct().ShouldHaveSingleItem().ShouldStartWith("workshop.write-csv-with-python-");
        assigned.Count(a => a.Leader is not null).ShouldBe(2);
    }

    [Fact]
    public void The_first_episode_leads_and_says_that_nothing_was_there_before()
    {
        var first = Assign(Workshop.Report(1).Episodes).ShouldHaveSingleItem();

        (first.Similarity, first.Threshold).ShouldBe((0, 0.3));
        first.Leader.ShouldBe(Workshop.Report(1).Episodes.Single().Coding!.Sketch);
    }

    [Fact]
    public void An_episode_of_exactly_the_threshold_joins()
    {
        var (leader, other) = (new TaskSketch([], ["a", "b"]), new TaskSketch([], ["a", "c"]));
        var opened = AssignOne(EnvironmentLeaders.None, "1", leader, 0.5);
        var exact = leader.SimilarityTo(other);

        AssignOne(EnvironmentLeaders.Fold([opened]), "2", other, exact).FamilyId.ShouldBe(opened.FamilyId);
        AssignOne(EnvironmentLeaders.Fold([opened]), "2", other, exact + 0.001).FamilyId.ShouldNotBe(opened.FamilyId);
    }

    [Fact]
    public void When_an_environment_has_enough_families_what_is_like_none_of_them_goes_to_one_of_its_own()
    {
        static TaskSketch Alone(int n) => new([], [$"act-{n:D4}"]);
        var state = EnvironmentLeaders.None;
        for (var n = 0; n < EnvironmentLeaders.Most; n++) state = EnvironmentLeaders.Evolve(state, AssignOne(state, $"e{n}", Alone(n), 0.5));

        var more = Enumerable.Range(1000, 3).Select(n => AssignOne(state, $"e{n}", Alone(n), 0.5)).ToList();
        more.ShouldAllBe(m => m.FamilyId == "workshop.other" && m.Effect == "other" && m.Leader == null);
        more.Aggregate(state, EnvironmentLeaders.Evolve).Leaders.Count.ShouldBe(EnvironmentLeaders.Most);
        AssignOne(state, "e2000", Alone(7), 0.5).FamilyId.ShouldBe(state.Leaders[7].FamilyId);
    }

    [Fact]
    public void No_assignment_is_made_on_a_stream_that_a_newer_program_wrote() => EnvironmentDecider
        .Decide(new("e", "1", "x", new([], []), 0.3, null), EnvironmentLeaders.Fold([new UnknownEvent("episode_assigned_2", "{}")])).ShouldBeOfType<Decision.Refused>();

    [Fact]
    public void Assignment_depends_on_the_order_of_the_episodes_and_not_on_how_they_were_batched() => Prop
        .ForAll(Properties.Sequences(Sketches, 40), sketches =>
        {
            var oneByOne = InBatches(sketches, 1);
            InBatches(sketches, 7).ShouldBe(oneByOne);
            InBatches(sketches, 100).ShouldBe(oneByOne);
        })
        .Check(Properties.Config());

    [Fact]
    public void Similarity_is_the_same_both_ways_and_whole_with_itself() => Prop
        .ForAll(Properties.Sequences(Sketches, 6), sketches =>
        {
            foreach (var a in sketches)
            {
                a.SimilarityTo(a).ShouldBe(1);
                foreach (var b in sketches)
                {
                    a.SimilarityTo(b).ShouldBe(b.SimilarityTo(a));
                    a.SimilarityTo(b).ShouldBeInRange(0, 1);
                }
            }
        })
        .Check(Properties.Config());

    private static Gen<TaskSketch> Sketches => Gen.Choose(0, 255).SelectMany(bits => Gen.Choose(0, 255).Select(words => new TaskSketch(
        [.. Enumerable.Range(0, 8).Where(i => (words >> i & 1) == 1).Select(i => (uint)i * 977)],
        [.. s_acts.Where((_, i) => (bits >> i & 1) == 1).Order(StringComparer.Ordinal)])));

    // A batch is folded anew from what is on record, as a process does that begins with it.
    private static List<string> InBatches(IReadOnlyList<TaskSketch> sketches, int size)
    {
        var history = new List<ILedgerEvent>();
        foreach (var batch in sketches.Select((s, i) => (s, i)).Chunk(size))
        {
            var state = EnvironmentLeaders.Fold(history);
            foreach (var (sketch, i) in batch)
            {
                var assigned = AssignOne(state, $"e{i}", sketch, 0.4);
                history.Add(assigned);
                state = EnvironmentLeaders.Evolve(state, assigned);
            }
        }
        return [.. history.Cast<EpisodeAssigned>().Select(e => $"{e.EvidenceId} {e.FamilyId} {e.Similarity}")];
    }

    private static List<EpisodeAssigned> Assign(IEnumerable<Episode> episodes)
    {
        var (state, all) = (EnvironmentLeaders.None, new List<EpisodeAssigned>());
        foreach (var episode in episodes)
        {
            all.Add(AssignOne(state, $"e{all.Count}", episode.Coding!.Sketch, 0.3, episode.Effect));
            state = EnvironmentLeaders.Evolve(state, all[^1]);
        }
        return all;
    }

    private static EpisodeAssigned AssignOne(EnvironmentLeaders state, string id, TaskSketch sketch, double threshold, string effect = "make") =>
        EnvironmentDecider.Decide(new("workshop", id, effect, sketch, threshold, null), state)
            .ShouldBeOfType<Decision.Accepted>().Events.ShouldHaveSingleItem().ShouldBeOfType<EpisodeAssigned>();
}
