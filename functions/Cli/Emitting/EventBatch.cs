using System.Text.Json;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Functions.Cli.Emitting;

/// <summary>An event as it is sent.</summary>
internal sealed record OutgoingEvent(string Source, string Id, byte[] Json)
{
    public static OutgoingEvent Of(CloudEvent cloudEvent) =>
        new(cloudEvent.Source, cloudEvent.Id, JsonSerializer.SerializeToUtf8Bytes(CloudEvents.ToJson(cloudEvent), LedgerJson.Options));
}

/// <summary>Events for one request.</summary>
internal sealed record EventBatch(IReadOnlyList<OutgoingEvent> Events)
{
    public const int MostEvents = 50;

    /// <summary>Bytes. A single event may be larger; whether it is too large is for the server to say.</summary>
    public const int MostBytes = 4_000_000;

    /// <summary>The <c>application/cloudevents-batch+json</c> form.</summary>
    public byte[] Body()
    {
        using var body = new MemoryStream(Events.Sum(e => e.Json.Length + 1) + 1);
        for (var i = 0; i < Events.Count; i++)
        {
            body.WriteByte(i == 0 ? (byte)'[' : (byte)',');
            body.Write(Events[i].Json);
        }

        body.WriteByte((byte)']');
        return body.ToArray();
    }

    public static bool HasRoom(IReadOnlyList<OutgoingEvent> batch, OutgoingEvent next) =>
        batch.Count == 0 || (batch.Count < MostEvents && batch.Sum(e => (long)e.Json.Length) + next.Json.Length <= MostBytes);

    /// <summary>The two halves, for finding out which event stands in the way of the others.</summary>
    public IEnumerable<EventBatch> Halves() => [new([.. Events.Take(Events.Count / 2)]), new([.. Events.Skip(Events.Count / 2)])];
}
