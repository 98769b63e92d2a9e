using Pipeline.Domain.Trajectories.Input;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.IngestEvents;

/// <summary>Which of the CloudEvents modes a request is in, by its headers, and where they do not say, by its content.</summary>
internal static class RequestBody
{
    /// <summary>Larger bodies are refused with 413: 32 MiB.</summary>
    public const int LargestBytes = 32 * 1024 * 1024;

    public const string TooLarge = "body-too-large";

    public static Parsed<IReadOnlyList<Parsed<CloudEvent>>> Read(HttpCall call)
    {
        if (call.Body.Length > LargestBytes)
            return new InputError(TooLarge, $"the body has {call.Body.Length} bytes and at most {LargestBytes} are taken; send fewer events at a time");
        var type = call.Headers.GetValueOrDefault("Content-Type", "").Split(';', 2)[0].Trim().ToLowerInvariant();
        if (call.Headers.ContainsKey("ce-specversion")) return One(CloudEvents.ParseBinary(call.Headers, call.Body));
        return type switch
        {
            "application/cloudevents-batch+json" => CloudEvents.ParseBatch(call.Body),
            "application/cloudevents+json" => One(CloudEvents.ParseStructured(call.Body)),
            "application/json" or "text/json" or "" => StartsArray(call.Body) ? CloudEvents.ParseBatch(call.Body) : One(CloudEvents.ParseStructured(call.Body)),
            _ => new InputError("content-type", "send application/cloudevents+json, application/cloudevents-batch+json, or binary mode with ce- headers"),
        };
    }

    private static Parsed<IReadOnlyList<Parsed<CloudEvent>>> One(Parsed<CloudEvent> parsed) => parsed is Parsed<CloudEvent>.Refused refused
        ? refused.Error
        : new Parsed<IReadOnlyList<Parsed<CloudEvent>>>.Ok([parsed]);

    private static bool StartsArray(byte[] body)
    {
        var text = body.AsSpan();
        if (text.StartsWith("\uFEFF"u8)) text = text[3..];
        text = text.TrimStart(" \t\r\n"u8);
        return !text.IsEmpty && text[0] == '[';
    }
}
