using System.Text.Json;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters;

/// <summary>ATIF documents as they are: one, an array of them, or (by the catalogue) one a line; also with the envelope's data around them.</summary>
public sealed class AtifAdapter : ITrajectoryAdapter
{
    public string Name => "atif";

    public bool Recognises(JsonElement root) => root.ValueKind == JsonValueKind.Array
        ? root.GetArrayLength() > 0 && IsOne(root[0])
        : IsOne(root);

    public IEnumerable<Parsed<CloudEvent>> Read(JsonElement root, AdapterOptions options) =>
        AdaptedEvent.OneOrMany(root)
        .Where(data => options.TaskIds is null || options.Keeps(Text(data, "task")))
        .Select(data => (Parsed<CloudEvent>)AdaptedEvent.Of(Id(data), options.Source ?? Source(data), data));

    private static bool IsOne(JsonElement root) => AtifReader.Recognises(Document(root));

    private static JsonElement Document(JsonElement data) =>
        data.ValueKind == JsonValueKind.Object && data.TryGetProperty("trajectory", out var inner) ? inner : data;

    private static string Id(JsonElement data) =>
        Text(Document(data), "trajectory_id") ?? Text(Document(data), "session_id") ?? AdaptedEvent.IdOf(data);

    private static string Source(JsonElement data)
    {
        var document = Document(data);
        var agent = document.ValueKind == JsonValueKind.Object && document.TryGetProperty("agent", out var told) ? Text(told, "name") : null;
        return $"atif/{AdaptedEvent.Segment(agent)}";
    }

    private static string? Text(JsonElement owner, string name) =>
        owner.ValueKind == JsonValueKind.Object && owner.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
        && !string.IsNullOrWhiteSpace(value.GetString()) ? value.GetString() : null;
}
