namespace Pipeline.Benchmarks.Lives;

/// <summary>Attacks on the same honest work, side by side, under the default policy.</summary>
internal static class PoisonBenchmark
{
    private const int Runs = 1_200;

    public static Task RunAsync()
    {
        var policy = LifeBenchmark.Shipped()[0];
        var lines = Attack.All.AsParallel().AsOrdered().WithDegreeOfParallelism(2).Select(attack => new Siege(policy, attack, Runs, "siege-1").Run()).ToList();
        Console.WriteLine($"| {string.Join(" | ", Siege.Heading)} |");
        Console.WriteLine($"|{string.Concat(Siege.Heading.Select(_ => "---|"))}");
        foreach (var line in lines) Console.WriteLine($"| {string.Join(" | ", line)} |");
        return Task.CompletedTask;
    }
}
