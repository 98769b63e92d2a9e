using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Infra.Queue;

namespace Pipeline.Functions.Hosting;

/// <summary>What functions put out, as messages for the queues in PostgreSQL.</summary>
internal static class QueuedOutputs
{
    /// <param name="outputs">By binding name, as a function answers the host.</param>
    public static IEnumerable<QueueMessage> Of(FunctionFile function, JsonObject outputs) =>
        from binding in function.Bindings
        where binding is { Direction: "out", QueueName: not null } && outputs[binding.Name] is JsonArray
        from body in outputs[binding.Name]!.AsArray().OfType<JsonObject>()
        select Of(binding.QueueName!, body);

    public static IEnumerable<QueueMessage> Of(IEnumerable<OutputMessage> outputs) => outputs.Select(o => Of(o.Queue, o.Body));

    private static QueueMessage Of(string queueName, JsonObject body) => new()
    {
        Queue = queueName,
        MessageId = Guid.CreateVersion7().ToString("N"),
        Body = Encoding.UTF8.GetBytes(body.ToJsonString(LedgerJson.Options)),
        Properties = ImmutableSortedDictionary<string, string>.Empty
            .Add(QueueMessage.TenantProperty, EventContext.DefaultTenant)
            .Add(QueueMessage.SourceProperty, body["source"]?.ToString() ?? ""),
    };
}
