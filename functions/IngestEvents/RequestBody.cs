using Pipeline.Domain.Trajectories.Input;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.IngestEvents;

/// <summary>The events in a request, whichever of the CloudEvents modes it is in.</summary>
internal static class RequestBody
{
    /// <summary>Larger bodies are refused with 413: 32 MiB.</summary>
    public const int LargestBytes = 32 * 1024 * 1024;

    public const string TooLarge = "body-too-large", NoLength = "length-required", Compressed = "content-encoding";

    /// <summary>The whole body; null when it is too large, of which no more is read than it takes to know.</summary>
    public static async Task<byte[]?> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > LargestBytes) return null;
        using var body = new MemoryStream((int)(request.ContentLength ?? 0));
        var buffer = new byte[64 * 1024];
        while (await request.Body.ReadAsync(buffer, ct) is > 0 and var length)
        {
            if (body.Length + length > LargestBytes) return null;
            body.Write(buffer, 0, length);
        }
        return body.ToArray();
    }

    public static Parsed<IReadOnlyList<Parsed<CloudEvent>>> Read(HttpCall call)
    {
        if (call.Headers.GetValueOrDefault("Content-Encoding") is { Length: > 0 } encoding && !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
            return new InputError(Compressed, "the body is compressed, and is not taken so; send it as it is, without Content-Encoding");
        // The Functions host passes a body on only when its length was said before.
        if (call.Body is null && call.Headers.ContainsKey("Transfer-Encoding"))
            return new InputError(NoLength, "the body came without its length, and the Functions host leaves such a body out; send Content-Length, not chunks");
        return call.Body?.Length > LargestBytes
            ? new InputError(TooLarge, $"the body has {call.Body.Length} bytes and at most {LargestBytes} are taken; send fewer events at a time")
            : CloudEvents.Parse([.. call.Headers], call.Body);
    }
}
