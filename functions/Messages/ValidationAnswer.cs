using System.Text.Json;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Queue;

namespace Pipeline.Functions.Messages;

/// <summary>What a platform found, on its way to the job that asked for it: the event as it came.</summary>
public static class ValidationAnswer
{
    /// <summary>Bytes of an event; larger ones are refused at the door, since a message holds no more.</summary>
    public const int Largest = 160 * 1024;

    public static OutputMessage Of(CloudEvent answer) =>
        new(QueueNames.ValidationJobs, Digest.Short($"{answer.Source}\n{answer.Id}", 32), CloudEvents.ToJson(answer));

    /// <summary>Null when the body is no such event.</summary>
    public static CloudEvent? Read(ReadOnlyMemory<byte> body) =>
        StrictJson.Parse(body.Span).Then(CloudEvents.Read).Try(out var read, out _) && read.Type == EventTypes.ValidationResult ? read : null;

    public static int SizeOf(CloudEvent answer) => JsonSerializer.SerializeToUtf8Bytes(CloudEvents.ToJson(answer), LedgerJson.Options).Length;
}
