using System.Buffers;
using System.Text;
using System.Text.Json;
using Pipeline.Domain.Trajectories.Adapters.CodingAgents;
using Pipeline.Domain.Trajectories.Adapters.OpenTelemetry;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters;

/// <summary>The formats that are known, and the way from a file's bytes to events.</summary>
public static class AdapterCatalogue
{
    /// <summary>The most particular first: the first that recognises a document reads it.</summary>
    public static IReadOnlyList<ITrajectoryAdapter> All { get; } =
    [
        new CloudEventsAdapter(), new Tau2Adapter(), new TauBenchAdapter(), new AtofAdapter(), new AtifAdapter(),
        new SweAgentAdapter(), new MiniSweAgentAdapter(), new OpenHandsAdapter(),
        new ClaudeCodeAdapter(), new CodexAdapter(), new OpenCodeAdapter(), new CursorAdapter(), new DataclawAdapter(),
        new OtlpAdapter(),
    ];

    private static string Names => string.Join(", ", All.Select(a => a.Name));

    /// <summary>What a document is, told by its content.</summary>
    public static Parsed<ITrajectoryAdapter> Detect(JsonElement root) => All.FirstOrDefault(a => Reads(a, root)) is { } adapter
        ? new Parsed<ITrajectoryAdapter>.Ok(adapter)
        : new InputError("format-unknown", $"This is none of the formats that are known here: {Names}.");

    /// <summary>Reads a file: one document, or several, on lines of their own or one after the other. Empty lines are stepped over.</summary>
    /// <param name="format">The name of an adapter; null or <c>auto</c>: detected, document by document.</param>
    public static IEnumerable<Parsed<CloudEvent>> Read(ReadOnlyMemory<byte> file, string? format, AdapterOptions options)
    {
        var named = format is null or "auto" ? null : All.FirstOrDefault(a => a.Name == format);
        if (named is null && format is not (null or "auto"))
            return [new InputError("format-unknown", $"This format is not known here. Known: {Names}.")];

        var whole = StrictJson.Parse(file.Span);
        if (whole is not Parsed<JsonElement>.Refused { Error.Code: "json-trailing" }) return Document(whole, named, options);
        return HasParts(file, named) ? Document(Joined(file), named, options) : Each(file, named, options);
    }

    private static IEnumerable<Parsed<CloudEvent>> Document(Parsed<JsonElement> document, ITrajectoryAdapter? named, AdapterOptions options)
    {
        var read = document.Then(root => Chosen(root, named).Then<IEnumerable<Parsed<CloudEvent>>>(
            adapter => new Parsed<IEnumerable<Parsed<CloudEvent>>>.Ok(adapter.Read(adapter.Recognises(root) ? root : Alone(root), options))));
        return read is Parsed<IEnumerable<Parsed<CloudEvent>>>.Ok ok ? ok.Value.Select(e => e.Then(AdaptedEvent.Sendable)) : [((Parsed<IEnumerable<Parsed<CloudEvent>>>.Refused)read).Error];
    }

    private static Parsed<ITrajectoryAdapter> Chosen(JsonElement root, ITrajectoryAdapter? named)
    {
        if (named is null) return Detect(root);
        if (Reads(named, root)) return new Parsed<ITrajectoryAdapter>.Ok(named);
        var looksLike = All.FirstOrDefault(a => Reads(a, root)) is { } other ? $"it looks like {other.Name}" : "nor is it another that is known here";
        return new InputError("format-mismatch", $"This is not {named.Name}: {looksLike}.");
    }

    private static bool Reads(ITrajectoryAdapter adapter, JsonElement root) => adapter.Recognises(root) || adapter.RecognisesPart(root);

    private static IEnumerable<Parsed<CloudEvent>> Each(ReadOnlyMemory<byte> file, ITrajectoryAdapter? named, AdapterOptions options)
    {
        foreach (var (number, piece) in FilePieces.Of(file))
            foreach (var parsed in Document(StrictJson.Parse(piece.Span), named, options)) yield return OnLine(parsed, number);
    }

    // Told by the first lines: the first that is a part, before any that is a document by itself.
    private static bool HasParts(ReadOnlyMemory<byte> file, ITrajectoryAdapter? named)
    {
        foreach (var (_, piece) in FilePieces.Of(file).Take(AdaptedEvent.MostHeaders))
        {
            if (!StrictJson.Parse(piece.Span).Try(out var document, out _)) continue;
            foreach (var adapter in named is null ? All : [named])
            {
                if (adapter.RecognisesPart(document)) return true;
                if (adapter.Recognises(document)) return false;
            }
        }

        return false;
    }

    private static Parsed<JsonElement> Joined(ReadOnlyMemory<byte> file)
    {
        var items = new ArrayBufferWriter<byte>();
        foreach (var (number, piece) in FilePieces.Of(file))
        {
            if (!StrictJson.Parse(piece.Span).Try(out _, out var error)) return OnLine(error, number);
            items.Write(items.WrittenCount == 0 ? "["u8 : ","u8);
            items.Write(StrictJson.WithoutByteOrderMark(piece.Span));
        }
        items.Write("]"u8);
        return Array(items.WrittenSpan);
    }

    private static JsonElement Alone(JsonElement root) => Array(Encoding.UTF8.GetBytes($"[{root.GetRawText()}]"));

    // A level deeper than what is read from outside may be.
    private static JsonElement Array(ReadOnlySpan<byte> json) => JsonElement.Parse(json, new JsonDocumentOptions { MaxDepth = StrictJson.MaxDepth + 1 });

    private static Parsed<CloudEvent> OnLine(Parsed<CloudEvent> parsed, int number) => parsed is Parsed<CloudEvent>.Refused { Error: var error } ? OnLine(error, number) : parsed;

    private static InputError OnLine(InputError error, int number) => error with { Message = $"Line {number} of the file: {error.Message}" };
}
