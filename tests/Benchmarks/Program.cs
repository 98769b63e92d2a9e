using System.Globalization;
using Pipeline.Benchmarks;
using Pipeline.Benchmarks.Lives;
using Pipeline.Benchmarks.Transfer;

// dotnet run -c Release --project tests/Benchmarks -- [NAME...] [--connection STRING] [--rounds N] [--without-disk]
// dotnet run -c Release --project tests/Benchmarks -- keypoints FOLDER [TASK]
// dotnet run -c Release --project tests/Benchmarks -- transfer [--task-ids FILE] [--policy FILE] [--queries FILE | --tasks FILE [--test-ids FILE]] RESULT-FILE...
if (args is ["keypoints", var folder, ..]) return KeyPointsBenchmark.Run(folder, args.ElementAtOrDefault(2));
if (args is ["transfer", .. var rest]) return TransferEvaluation.Run(rest);

Dictionary<string, Func<Bench, Task>> benchmarks = new(StringComparer.Ordinal)
{
    ["append"] = AppendBenchmark.RunAsync,
    ["writers"] = WritersBenchmark.RunAsync,
    ["read"] = ReadBenchmark.RunAsync,
    ["seal"] = SealBenchmark.RunAsync,
    ["replay"] = ReplayBenchmark.RunAsync,
    ["ingest"] = IngestBenchmark.RunAsync,
    ["console"] = ConsoleBenchmark.RunAsync,
};

// Those that need no database: what is learned, not how fast.
Dictionary<string, Func<Task>> simulations = new(StringComparer.Ordinal)
{
    ["life"] = LifeBenchmark.RunAsync,
    ["poison"] = PoisonBenchmark.RunAsync,
};

List<string> chosen = [];
var (connection, rounds, withoutDisk) = ("", 15, false);
for (var words = new Queue<string>(args); words.TryDequeue(out var word);)
{
    switch (word)
    {
        case "--connection" when words.TryDequeue(out var text):
            connection = text;
            break;
        case "--rounds" when words.TryDequeue(out var text) && int.TryParse(text, CultureInfo.InvariantCulture, out rounds) && rounds > 0:
            break;
        case "--without-disk":
            withoutDisk = true;
            break;
        case var name when benchmarks.ContainsKey(name) || simulations.ContainsKey(name):
            chosen.Add(name);
            break;
        default:
            Console.Error.WriteLine(
                $"'{word}' does not fit here; names are {string.Join(", ", benchmarks.Keys.Concat(simulations.Keys))}, options --connection STRING, --rounds N, --without-disk");
            return 2;
    }
}

foreach (var name in chosen.Where(simulations.ContainsKey)) await simulations[name]();
if (chosen.Count > 0 && chosen.All(simulations.ContainsKey)) return 0;
await using var bench = await Bench.StartAsync(connection, withoutDisk, rounds, CancellationToken.None);
foreach (var name in chosen.Count == 0 ? [.. benchmarks.Keys] : chosen.Where(benchmarks.ContainsKey)) await benchmarks[name](bench);
return 0;
