using System.Text.Json.Nodes;
using Pipeline.Functions.Telemetry;

namespace Pipeline.Functions.Hosting;

/// <summary>What a function answers its trigger, whoever pulled it: the host on Azure, the local pump, a test.</summary>
public abstract record Completion
{
    private Completion() { }

    /// <summary>It is done; these messages go out.</summary>
    /// <param name="Outputs">In order.</param>
    /// <param name="Answer">For an HTTP trigger; null otherwise.</param>
    public sealed record Done(IReadOnlyList<OutputMessage> Outputs, HttpAnswer? Answer = null) : Completion;

    /// <summary>Not now: the message is given back and comes again.</summary>
    public sealed record Retry(string Reason) : Completion;

    /// <summary>Never: the message is kept among the dead letters.</summary>
    /// <param name="Code">Stable, for programs.</param>
    /// <param name="Detail">For people. It quotes nothing of the message.</param>
    /// <param name="Source">Who emitted it, where known.</param>
    /// <param name="MessageId">The emitter's id, where known.</param>
    public sealed record Poison(string Code, string Detail, string Source = "", string MessageId = "") : Completion;

    public static Done Nothing { get; } = new([]);
}

/// <param name="Queue">The queue that it goes to; function.json names the binding.</param>
/// <param name="MessageId">The same for the same content.</param>
public sealed record OutputMessage(string Queue, string MessageId, JsonObject Body)
{
    /// <summary>With the trace that it belongs to, where traces are made.</summary>
    public JsonObject Body { get; } = Traces.Stamp(Body);
}

public sealed record HttpAnswer(int Status, JsonNode Body, string ContentType = "application/json")
{
    /// <summary>Of RFC 9110, 11.6.1; null: none.</summary>
    public string? Challenge { get; init; }
}
