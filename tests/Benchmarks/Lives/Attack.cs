using Pipeline.Domain.Trajectories;

namespace Pipeline.Benchmarks.Lives;

/// <summary>Who lies, how much and when: after honest run n of the trades under attack, so many lies by these sources.</summary>
internal sealed record Attack(string Name, int Sources, Func<int, int, int> LiesAt)
{
    public VerifiedBy VerifiedBy { get; init; } = VerifiedBy.Verifier;

    /// <param name="runs">How many honest runs there are in all.</param>
    public static IReadOnlyList<Attack> All { get; } =
    [
        new("no attack", 0, (_, _) => 0),
        // Ten lies to each honest run, from the first moment or once the skills stand.
        new("one source floods from the start", 1, (run, runs) => run < runs / 5 ? 10 : 0),
        new("one source floods later on", 1, (run, runs) => run >= runs / 2 && run < runs * 7 / 10 ? 10 : 0),
        new("the same, by its own word only", 1, (run, runs) => run < runs / 5 ? 10 : 0) { VerifiedBy = VerifiedBy.Self },
        // Each of three lies as often as all honest ones together work.
        new("three collude from the start", 3, (_, _) => 3),
        new("three collude later on", 3, (run, runs) => run >= runs / 2 ? 3 : 0),
        new("one source drips", 1, (run, _) => run % 8 == 7 ? 1 : 0),
    ];
}
