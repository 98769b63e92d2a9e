using Pipeline.Domain.Curation;
using Pipeline.Domain.Ledger;
using Pipeline.Infra.Policies;

namespace Pipeline.Benchmarks.Lives;

/// <summary>One life per policy, the same in everything that no policy decides, side by side.</summary>
internal static class LifeBenchmark
{
    private const int Runs = 5_000;

    public static Task RunAsync()
    {
        // Two at a time: each is one thread.
        var reports = Shipped().AsParallel().AsOrdered().WithDegreeOfParallelism(2).Select(policy =>
        {
            var report = new Life(policy, Runs, "life-1").Live();
            Console.Error.WriteLine($"{policy.Reference.Id} done");
            return report.Lines().ToList();
        }).ToList();

        for (var line = 0; line < reports[0].Count; line++)
        {
            Console.WriteLine($"| {reports[0][line].What} | {string.Join(" | ", reports.Select(r => r[line].Value))} |");
            if (line == 0) Console.WriteLine($"|---|{string.Concat(reports.Select(_ => "---|"))}");
        }
        return Task.CompletedTask;
    }

    /// <summary>The policies that the program comes with, the default one first.</summary>
    public static IReadOnlyList<ActivePolicy> Shipped() =>
    [
        .. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "policies"), "*.yaml")
            .OrderBy(f => Path.GetFileName(f) != "default.yaml").ThenBy(f => f, StringComparer.Ordinal).Select(Read),
    ];

    private static ActivePolicy Read(string file)
    {
        var bytes = File.ReadAllBytes(file);
        var policy = PolicyFile.Parse(bytes);
        return new(new(policy.Id, policy.Version, Digest.Of(bytes)), policy);
    }
}
