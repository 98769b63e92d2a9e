using Pipeline.Domain.Trajectories.Input;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.IngestEvents;

/// <summary>The events in a request, whichever of the CloudEvents modes it is in.</summary>
internal static class RequestBody
{
    /// <summary>Larger bodies are refused with 413: 32 MiB.</summary>
    public const int LargestBytes = 32 * 1024 * 1024;

    public const string TooLarge = "body-too-large";

    public static Parsed<IReadOnlyList<Parsed<CloudEvent>>> Read(HttpCall call) => call.Body.Length > LargestBytes
        ? new InputError(TooLarge, $"the body has {call.Body.Length} bytes and at most {LargestBytes} are taken; send fewer events at a time")
        : CloudEvents.Parse([.. call.Headers], call.Body);
}
