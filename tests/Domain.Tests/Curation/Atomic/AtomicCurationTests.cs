using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using static Pipeline.Domain.Tests.Curation.AFamily;

namespace Pipeline.Domain.Tests.Curation.Atomic;

public sealed class AtomicCurationTests
{
    private const string Tool = "find_book";
    private static readonly AFamily Empty = new(Tool) { Kind = SkillKind.Atomic };

    [Fact]
    public void A_family_of_a_tool_gets_an_atomic_skill_and_more_of_the_same_changes_nothing()
    {
        var family = Empty.Learn(Enumerable.Range(1, 13).Select(n =>
            ARun.Of(n).User("Please find my book").Fails(Tool, new { isbn = $"{97800 + n}" }, "Error: no such book").Call("list_books", new { shelf = "all" }, "many").MinedTool(Tool)));

        (family.Skill.Kind, family.Skill.Current!.Number).ShouldBe((SkillKind.Atomic, 1));
        family.Text.ShouldContain("`list_books` instead");
        family.Family.Decisions[^1].ReasonCode.ShouldBe("no-change");
    }

    [Fact]
    public void A_remedy_that_shows_with_more_evidence_improves_it()
    {
        MinedEpisode Run(int n, string remedy) => ARun.Of(n).User("Please find my book").Fails(Tool, new { isbn = $"{97800 + n}" }, "Error: no such book").Call(remedy, new { shelf = "all" }, "many").MinedTool(Tool);

        var family = Empty.Learn([.. Enumerable.Range(1, 3).Select(n => Run(n, "list_books")), .. Enumerable.Range(10, 16).Select(n => Run(n, "ask_colleague"))]);

        family.Skill.Current!.Number.ShouldBeGreaterThan(1);
        family.Text.ShouldContain("`ask_colleague` instead");
    }

    [Fact]
    public void What_one_task_only_shows_is_nowhere_in_it() => Prop.ForAll(Arb.From(Gen.Elements("Quixquorn", "Vexomatrix", "Ypsilantia")), secret =>
    {
        var others = Enumerable.Range(1, 4).Select(n => Run(n, $"{100 + n}", "Error: no such book"));
        var theirs = Enumerable.Range(20, 3).Select(n => Run(n, secret, $"Error: {secret} is not a book", secret).ForTask("theirs"));

        Write([.. others.Concat(theirs).Select(r => r.MinedTool(Tool))]).ShouldNotBeNull().ShouldNotContain(secret, Case.Insensitive);
    }).Check(Properties.Config(20));

    [Fact]
    public void Whatever_the_runs_did_and_in_whatever_order_they_came_it_is_the_same_to_the_byte() => Prop.ForAll(
        Arb.From(from runs in Acts.ListOf(5).ListOf(12)
                 from order in Gen.Shuffle(Enumerable.Range(0, 12).ToArray())
                 select (Runs: runs, Order: order)),
        x =>
        {
            var episodes = x.Runs.Select((acts, n) => Run(n, [.. acts])).OfType<MinedEpisode>().ToList();

            Write([.. x.Order.Where(i => i < episodes.Count).Select(i => episodes[i])]).ShouldBe(Write(episodes));
        }).Check(Properties.Config(300));

    private static ARun Run(int n, string isbn, string error, string note = "ok") => ARun.Of(n).User("Please find my book")
        .Fails(Tool, new { isbn }, error).Call("list_books", new { shelf = "all", note }, new { owner = note }).Call(Tool, new { isbn = $"B-{200 + n}", note }, "found");

    private static readonly Gen<(string Tool, int Thing, bool Fails)> Acts =
        from tool in Gen.Elements(Tool, Tool, "get_shelf", "lend_book")
        from thing in Gen.Choose(0, 2)
        from fails in Gen.Elements(true, false)
        select (tool, thing, fails);

    private static MinedEpisode? Run(int n, IReadOnlyList<(string Tool, int Thing, bool Fails)> acts)
    {
        var run = ARun.Of(n).User("Please find my book").ForTask($"task-{n % 7}");
        foreach (var (tool, thing, fails) in acts)
        {
            var named = new Dictionary<string, string> { ["isbn"] = thing == 0 ? $"{1000 + n}" : $"B-{1000 + n}", [$"only_{thing}"] = "yes" };
            run = fails ? run.Fails(tool, named, $"Error: refused {(thing == 0 ? "so" : "otherwise")}") : run.Call(tool, named, new { state = thing == 0 ? "open" : "closed", next = $"B-{1000 + n}" });
        }
        return run.AllEpisodes.Any(e => e.Kind == SkillKind.Atomic && e.Effect == Tool) ? run.MinedTool(Tool) : null;
    }

    private static string? Write(IReadOnlyList<MinedEpisode> episodes) =>
        KindMiner.Write(Family.None with { Id = "f", Environment = "library", Effect = Tool, Kind = SkillKind.Atomic }, "library-use-find-book", episodes, Default)?.Markdown();
}
