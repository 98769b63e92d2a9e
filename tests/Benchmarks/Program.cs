using System.Globalization;
using Pipeline.Benchmarks;

// dotnet run -c Release --project tests/Benchmarks -- [NAME...] [--connection STRING] [--rounds N] [--without-disk]
Dictionary<string, Func<Bench, Task>> benchmarks = new(StringComparer.Ordinal)
{
    ["append"] = AppendBenchmark.RunAsync,
    ["writers"] = WritersBenchmark.RunAsync,
    ["read"] = ReadBenchmark.RunAsync,
    ["seal"] = SealBenchmark.RunAsync,
    ["replay"] = ReplayBenchmark.RunAsync,
    ["ingest"] = IngestBenchmark.RunAsync,
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
        case var name when benchmarks.ContainsKey(name):
            chosen.Add(name);
            break;
        default:
            Console.Error.WriteLine(
                $"'{word}' does not fit here; names are {string.Join(", ", benchmarks.Keys)}, options --connection STRING, --rounds N, --without-disk");
            return 2;
    }
}

await using var bench = await Bench.StartAsync(connection, withoutDisk, rounds, CancellationToken.None);
foreach (var name in chosen.Count == 0 ? [.. benchmarks.Keys] : chosen) await benchmarks[name](bench);
return 0;
