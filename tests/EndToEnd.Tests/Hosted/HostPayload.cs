using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace Pipeline.EndToEnd.Tests.Hosted;

/// <summary>Calls in the form that the Functions host gives them (ScriptInvocationContextExtensions, HttpRequestExtensions of azure-functions-host): every value that is
/// no object arrives as a string that contains JSON, times lose their zone, what is null is left out.</summary>
internal static class HostPayload
{
    public static JsonObject OfMessage(HostedFunction function, BusMessage message)
    {
        // Otherwise the body's own top-level properties would overwrite the metadata, and a batch would come as arrays.
        function.Of("dataType").ShouldBe("binary", $"{function.Name}: this host plays no other form of messages");
        (function.Of("cardinality") ?? "one").ShouldBe("one", $"{function.Name}: this host plays no batches");
        var metadata = new JsonObject
        {
            ["MessageReceiver"] = new JsonObject { ["FullyQualifiedNamespace"] = "pipeline.servicebus.test", ["EntityPath"] = message.Queue, ["PrefetchCount"] = 0 },
            ["MessageActions"] = new JsonObject(),
            ["DeliveryCount"] = Encoded(message.DeliveryCount),
            ["LockToken"] = Encoded(Guid.NewGuid()),
            ["ExpiresAtUtc"] = WithoutZone(message.EnqueuedAt.AddDays(14)),
            ["EnqueuedTimeUtc"] = WithoutZone(message.EnqueuedAt),
            ["MessageId"] = Encoded(message.MessageId),
            ["SequenceNumber"] = Encoded(message.SequenceNumber),
            ["ApplicationProperties"] = new JsonObject(message.Properties.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))),
            ["sys"] = Sys(function),
        };
        if (message.ContentType is { } type) metadata["ContentType"] = Encoded(type);
        if (message.CorrelationId is { } correlation) metadata["CorrelationId"] = Encoded(correlation);
        return Call(function, Convert.ToBase64String(message.Body), metadata);
    }

    public static JsonObject OfTimer(HostedFunction function, bool isPastDue) => Call(
        function,
        new JsonObject
        {
            ["Schedule"] = new JsonObject { ["AdjustForDST"] = true },
            ["ScheduleStatus"] = new JsonObject { ["Last"] = "0001-01-01T00:00:00", ["Next"] = WithoutZone(DateTime.UtcNow), ["LastUpdated"] = "0001-01-01T00:00:00" },
            ["IsPastDue"] = isPastDue,
        },
        new JsonObject { ["sys"] = Sys(function) });

    public static async Task<JsonObject> OfRequestAsync(HostedFunction function, HttpRequest request)
    {
        var content = new JsonObject
        {
            ["Url"] = request.GetDisplayUrl(),
            ["Method"] = request.Method,
            ["Query"] = new JsonObject(request.Query.Select(q => KeyValuePair.Create(q.Key, (JsonNode?)q.Value.ToString()))),
            ["Headers"] = new JsonObject(request.Headers.Select(h => KeyValuePair.Create(h.Key, (JsonNode?)new JsonArray([.. h.Value.Select(v => (JsonNode?)v)])))),
            ["Params"] = new JsonObject(request.RouteValues.Select(v => KeyValuePair.Create(v.Key, (JsonNode?)v.Value?.ToString()))),
            ["Identities"] = new JsonArray(),
        };
        // Without a length said before, there is no body.
        if (request.ContentLength > 0)
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            var isBinary = request.ContentType is { } type && (type.StartsWith("application/octet-stream", StringComparison.OrdinalIgnoreCase) || type.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase));
            content["Body"] = isBinary ? Convert.ToBase64String(body.ToArray()) : Encoding.UTF8.GetString(body.ToArray());
        }
        return Call(function, content, new JsonObject { ["sys"] = Sys(function) });
    }

    private static JsonObject Call(HostedFunction function, JsonNode data, JsonObject metadata) => new() { ["Data"] = new JsonObject { [function.Of("name")!] = data }, ["Metadata"] = metadata };

    private static JsonObject Sys(HostedFunction function) => new() { ["MethodName"] = function.Name, ["UtcNow"] = WithoutZone(DateTime.UtcNow), ["RandGuid"] = Guid.NewGuid().ToString() };

    // JsonConvert.SerializeObject of a value, put into a string.
    private static JsonValue Encoded<T>(T value) => JsonValue.Create(JsonSerializer.Serialize(value));

    private static string WithoutZone(DateTime time) => time.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
}
