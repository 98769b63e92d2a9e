using System.Text.Json;
using Pipeline.Domain.Ledger;

namespace Pipeline.Functions.Hosting;

/// <summary>A function as its function.json defines it: the one definition, read by the host on Azure, the local pump and the tests.</summary>
public sealed record FunctionFile(string Name, IReadOnlyList<Binding> Bindings)
{
    public Binding Trigger => Bindings.Single(b => b.Type.EndsWith("Trigger", StringComparison.Ordinal));

    /// <summary>The host passes the request on as it came, instead of wrapping it: so it does with one HTTP trigger and one HTTP output, and nothing else.</summary>
    public bool IsForwarded => Bindings is [{ Type: "httpTrigger", Direction: "in" }, { Type: "http", Direction: "out" }];

    public Binding? Output(string queue) => Bindings.FirstOrDefault(b => b.Direction == "out" && b.QueueName == queue);

    /// <summary>Every folder with a function.json below the program's own folder.</summary>
    /// <exception cref="InvalidDataException">There is none, or one cannot be read.</exception>
    public static IReadOnlyList<FunctionFile> ReadAll(string directory)
    {
        var files = Directory.EnumerateDirectories(directory).Select(d => Path.Combine(d, "function.json")).Where(File.Exists)
            .Order(StringComparer.Ordinal).Select(Read).ToList();
        return files.Count > 0 ? files : throw new InvalidDataException($"no function.json below {directory}; publish or build the program again");
    }

    private static FunctionFile Read(string path)
    {
        var content = JsonSerializer.Deserialize<Content>(File.ReadAllText(path), LedgerJson.Options);
        return content?.Bindings is { Count: > 0 } bindings
            ? new(Path.GetFileName(Path.GetDirectoryName(path))!, bindings)
            : throw new InvalidDataException($"{path} has no bindings");
    }

    private sealed record Content(IReadOnlyList<Binding>? Bindings);
}

/// <param name="Schedule">Of a timer: six fields, seconds first.</param>
/// <param name="Route">Of an HTTP trigger, below the route prefix.</param>
/// <param name="Methods">Of an HTTP trigger; null: all.</param>
/// <param name="DataType"><c>binary</c>: a message comes as its bytes, and cannot overwrite the call's metadata.</param>
public sealed record Binding(
    string Type, string Direction, string Name, string? QueueName = null, string? Connection = null, string? DataType = null, string? Cardinality = null,
    string? Schedule = null, string? Route = null, IReadOnlyList<string>? Methods = null, string? AuthLevel = null);
