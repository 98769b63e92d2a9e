using System.Text.Json;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters;

/// <summary>The formats that are known, and the way from a file's bytes to events.</summary>
public static class AdapterCatalogue
{
    /// <summary>The most particular first: the first that recognises a document reads it.</summary>
    public static IReadOnlyList<ITrajectoryAdapter> All { get; } =
        [new CloudEventsAdapter(), new Tau2Adapter(), new TauBenchAdapter(), new AtofAdapter(), new AtifAdapter()];

    private static string Names => string.Join(", ", All.Select(a => a.Name));

    /// <summary>What a document is, told by its content.</summary>
    public static Parsed<ITrajectoryAdapter> Detect(JsonElement root) => All.FirstOrDefault(a => a.Recognises(root)) is { } adapter
        ? new Parsed<ITrajectoryAdapter>.Ok(adapter)
        : new InputError("format-unknown", $"This is none of the formats that are known here: {Names}.");

    /// <summary>Reads a file: one document, or JSON lines with a document each. Empty lines are stepped over.</summary>
    /// <param name="format">The name of an adapter; null or <c>auto</c>: detected, line by line.</param>
    public static IEnumerable<Parsed<CloudEvent>> Read(ReadOnlyMemory<byte> file, string? format, AdapterOptions options)
    {
        var named = format is null or "auto" ? null : All.FirstOrDefault(a => a.Name == format);
        if (named is null && format is not (null or "auto"))
            return [new InputError("format-unknown", $"This format is not known here. Known: {Names}.")];

        var whole = StrictJson.Parse(file.Span);
        if (whole is not Parsed<JsonElement>.Refused { Error.Code: "json-trailing" } || FirstLine(file.Span) is not { } first) return Document(whole, named, options);
        // The lines of an event stream are one run; of anything else each is one.
        return AtofAdapter.IsEvent(first) ? Document(Joined(file), named, options) : Lines(file, named, options);
    }

    private static IEnumerable<Parsed<CloudEvent>> Document(Parsed<JsonElement> document, ITrajectoryAdapter? named, AdapterOptions options)
    {
        var read = document.Then(root => Chosen(root, named).Then<IEnumerable<Parsed<CloudEvent>>>(
            adapter => new Parsed<IEnumerable<Parsed<CloudEvent>>>.Ok(adapter.Read(root, options))));
        return read is Parsed<IEnumerable<Parsed<CloudEvent>>>.Ok ok ? ok.Value : [((Parsed<IEnumerable<Parsed<CloudEvent>>>.Refused)read).Error];
    }

    private static Parsed<ITrajectoryAdapter> Chosen(JsonElement root, ITrajectoryAdapter? named)
    {
        if (named is null) return Detect(root);
        if (named.Recognises(root)) return new Parsed<ITrajectoryAdapter>.Ok(named);
        var looksLike = All.FirstOrDefault(a => a.Recognises(root)) is { } other ? $"it looks like {other.Name}" : "nor is it another that is known here";
        return new InputError("format-mismatch", $"This is not {named.Name}: {looksLike}.");
    }

    private static IEnumerable<Parsed<CloudEvent>> Lines(ReadOnlyMemory<byte> file, ITrajectoryAdapter? named, AdapterOptions options)
    {
        foreach (var (number, line) in Numbered(file))
            foreach (var parsed in Document(StrictJson.Parse(line.Span), named, options)) yield return OnLine(parsed, number);
    }

    private static IEnumerable<(int Number, ReadOnlyMemory<byte> Line)> Numbered(ReadOnlyMemory<byte> file)
    {
        for (var number = 1; !file.IsEmpty; number++)
        {
            var end = file.Span.IndexOf((byte)'\n');
            var line = end < 0 ? file : file[..end];
            file = end < 0 ? default : file[(end + 1)..];
            if (!line.Span.Trim(" \t\r\n"u8).IsEmpty) yield return (number, line);
        }
    }

    private static Parsed<JsonElement> Joined(ReadOnlyMemory<byte> file)
    {
        var items = new List<JsonElement>();
        foreach (var (number, line) in Numbered(file))
        {
            if (!StrictJson.Parse(line.Span).Try(out var item, out var error)) return error with { Message = $"Line {number} of the file: {error.Message}" };
            items.Add(item);
        }
        return JsonSerializer.SerializeToElement(items);
    }

    private static Parsed<CloudEvent> OnLine(Parsed<CloudEvent> parsed, int number) => parsed is Parsed<CloudEvent>.Refused { Error: var error }
        ? error with { Message = $"Line {number} of the file: {error.Message}" }
        : parsed;

    // Null where the first line is no document by itself.
    private static JsonElement? FirstLine(ReadOnlySpan<byte> file)
    {
        var start = file.IndexOf((byte)'{');
        var end = start < 0 ? -1 : file[start..].IndexOf((byte)'\n');
        return end > 0 && StrictJson.Parse(file.Slice(start, end)).Try(out var document, out _) ? document : null;
    }
}
