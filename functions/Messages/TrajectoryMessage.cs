using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Queue;

namespace Pipeline.Functions.Messages;

/// <summary>What lies on the queue <c>trajectories</c>: a CloudEvent whose data is in the payload store (a claim check), or one with its data
/// inside from an emitter that wrote to the queue itself.</summary>
/// <param name="Payload">Null where the data is inside.</param>
/// <param name="Redactions">How many values each pattern replaced on the way in.</param>
public sealed record TrajectoryMessage(CloudEvent Event, PayloadReference? Payload, IReadOnlyDictionary<string, int> Redactions)
{
    // "dataref" is the claim check extension of CloudEvents; the others go with it.
    private const string Place = "dataref", DigestName = "datadigest", Bytes = "databytes", Counts = "redactions", Subject = "datasubject";

    public string SubjectName => Event.DataSubject ?? Event.Source;

    public static OutputMessage Of(CloudEvent cloudEvent, PayloadReference payload, IReadOnlyDictionary<string, int> redactions)
    {
        var body = CloudEvents.ToJson(cloudEvent with { Data = JsonSerializer.SerializeToElement(new JsonObject()) });
        body.Remove("data");
        body[Subject] = cloudEvent.DataSubject ?? cloudEvent.Source;
        body[Place] = payload.Place;
        body[DigestName] = payload.Digest;
        body[Bytes] = payload.Bytes.ToString(CultureInfo.InvariantCulture);
        body[Counts] = string.Join(',', redactions.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => $"{r.Key}:{r.Value}"));
        return new(QueueNames.Trajectories, Digest.Short($"{cloudEvent.Source}\n{cloudEvent.Id}\n{payload.Digest}", 32), body);
    }

    public static Parsed<TrajectoryMessage> Read(ReadOnlyMemory<byte> body) => StrictJson.Parse(body.Span).Then(root =>
    {
        var isClaim = root.ValueKind == JsonValueKind.Object && root.TryGetProperty(Place, out _) && !root.TryGetProperty("data", out _);
        if (!isClaim) return CloudEvents.Read(root).Then<TrajectoryMessage>(e => new TrajectoryMessage(e, null, new Dictionary<string, int>()));
        var node = JsonNode.Parse(root.GetRawText())!.AsObject();
        node["data"] = new JsonObject();
        return CloudEvents.Read(JsonSerializer.SerializeToElement(node)).Then(Claimed);
    });

    private static Parsed<TrajectoryMessage> Claimed(CloudEvent cloudEvent)
    {
        var attributes = cloudEvent.Extensions;
        if (!attributes.TryGetValue(DigestName, out var digest) || !long.TryParse(attributes.GetValueOrDefault(Bytes), CultureInfo.InvariantCulture, out var bytes))
            return new InputError("claim-check", "The message names a payload without its digest or size; both go with dataref.");
        var own = attributes.Where(a => a.Key is not (Place or DigestName or Bytes or Counts)).ToDictionary(StringComparer.Ordinal);
        return new TrajectoryMessage(
            cloudEvent with { Extensions = own }, new(digest, bytes, attributes[Place]), ReadCounts(attributes.GetValueOrDefault(Counts, "")));
    }

    private static Dictionary<string, int> ReadCounts(string text) => text.Split(',', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split(':', 2)).Where(pair => pair.Length == 2 && int.TryParse(pair[1], CultureInfo.InvariantCulture, out _))
        .ToDictionary(pair => pair[0], pair => int.Parse(pair[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);
}
