using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Curation.Composing;

namespace Pipeline.Domain.Tests.Curation;

/// <summary>Random families: a few runs over few tools and few things, so that they feed, miss and circle each other.</summary>
internal static class SomeRuns
{
    private static readonly string[] Tools = ["get_a", "get_b", "get_c", "get_d", "get_e"];

    private sealed record Act(string Tool, int Takes, int Gives, bool Fails);

    private static readonly Gen<Act> Acts =
        from tool in Gen.Elements(Tools)
        from takes in Gen.Choose(0, 4)
        from gives in Gen.Choose(0, 4)
        from fails in Gen.Frequency((6, Gen.Constant(false)), (1, Gen.Constant(true)))
        select new Act(tool, takes, gives, fails);

    /// <summary>3 to 8 successes of tasks of their own, each with one call of the effect.</summary>
    public static Arbitrary<IReadOnlyList<MinedEpisode>> Families { get; } = Arb.From(
        from count in Gen.Choose(3, 8)
        from runs in Gen.Choose(1, 7).SelectMany(length => Acts.ListOf(length)).ListOf(count)
        select (IReadOnlyList<MinedEpisode>)[.. runs.Select((acts, i) => Run(i + 1, [.. acts]))]);

    public static string Text(IEnumerable<MinedEpisode> episodes) => string.Join('\n', episodes.Select(e =>
        string.Join(' ', e.Episode.Calls.Select(c => $"{c.Tool}({string.Join(',', c.Arguments.Select(a => a.Value))})->{c.Call.Result?.Content}"))));

    private static MinedEpisode Run(int number, IReadOnlyList<Act> acts)
    {
        string Thing(int i) => $"T{i}-{1000 + number}";
        var run = ARun.Of(number).User($"Please renew for me, it is about {Thing(0)}");
        foreach (var act in acts)
        {
            var arguments = new Dictionary<string, string> { [$"from_{act.Takes}"] = Thing(act.Takes), ["mode"] = act.Gives % 2 == 0 ? "full" : "short" };
            run = act.Fails ? run.Fails(act.Tool, arguments, "Error: busy") : run.Call(act.Tool, arguments, new Dictionary<string, string> { [$"to_{act.Gives}"] = Thing(act.Gives) });
        }
        return run.Call(Library.Renew, Enumerable.Range(0, 5).ToDictionary(i => $"thing_{i}", Thing)).Mined(Library.Renew);
    }
}
