using System.Text.Json;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters;

/// <summary>Events that are already events: one, a batch, or (by the catalogue) one a line.</summary>
public sealed class CloudEventsAdapter : ITrajectoryAdapter
{
    public string Name => "cloudevents";

    public bool Recognises(JsonElement root) => root.ValueKind == JsonValueKind.Array
        ? root.GetArrayLength() > 0 && IsOne(root[0])
        : IsOne(root);

    public IEnumerable<Parsed<CloudEvent>> Read(JsonElement root, AdapterOptions options) =>
        AdaptedEvent.OneOrMany(root)
        .Select(CloudEvents.Read)
        .Where(parsed => parsed is not Parsed<CloudEvent>.Ok ok || options.Keeps(Task(ok.Value)))
        .Select(parsed => parsed.Then<CloudEvent>(e => options.Source is null ? e : e with { Source = options.Source }));

    private static bool IsOne(JsonElement root) => root.ValueKind == JsonValueKind.Object && root.TryGetProperty("specversion", out _);

    private static string? Task(CloudEvent cloudEvent) =>
        cloudEvent.Data.ValueKind == JsonValueKind.Object && cloudEvent.Data.TryGetProperty("task", out var task) && task.ValueKind == JsonValueKind.String
            ? task.GetString()
            : null;
}
