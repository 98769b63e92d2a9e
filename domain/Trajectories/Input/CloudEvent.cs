using System.Text.Json;

namespace Pipeline.Domain.Trajectories.Input;

/// <summary>The envelope that everything arrives in (CloudEvents 1.0). (Tenant, <see cref="Source"/>, <see cref="Id"/>) is its identity.</summary>
public sealed record CloudEvent
{
    /// <summary>The emitter's id of the event; of a trajectory, the id of the run, which a later outcome names.</summary>
    public required string Id { get; init; }

    public required string Source { get; init; }

    /// <summary>One of <see cref="EventTypes.Known"/>.</summary>
    public required string Type { get; init; }

    /// <summary>When it happened, as the emitter says. Orders nothing.</summary>
    public DateTimeOffset? Time { get; init; }

    public string? Subject { get; init; }
    public string? DataContentType { get; init; }
    public string? DataSchema { get; init; }

    /// <summary>Extension attributes by name, as text.</summary>
    public IReadOnlyDictionary<string, string> Extensions { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public required JsonElement Data { get; init; }

    /// <summary>The W3C trace context; null where there is none, or where it is not one: a bad header costs no event.</summary>
    public string? TraceParent => Extensions.GetValueOrDefault("traceparent") is { } value && IsTraceParent(value) ? value : null;

    /// <summary>Whose data this is: what is erased together. Null where the emitter does not say; then it is the source.</summary>
    public string? DataSubject => Extensions.GetValueOrDefault("datasubject");

    // version-traceid-parentid-flags, all in lower-case hex (W3C Trace Context, 3.2.2).
    private static bool IsTraceParent(string value) =>
        value.Split('-') is [{ Length: 2 } version, { Length: 32 } trace, { Length: 16 } parent, { Length: 2 } flags]
        && (version + trace + parent + flags).All(char.IsAsciiHexDigitLower)
        && version != "ff" && trace.Any(c => c != '0') && parent.Any(c => c != '0');
}

/// <summary>The types of event that the pipeline takes in.</summary>
public static class EventTypes
{
    /// <summary>A finished run.</summary>
    public const string Trajectory = "com.skillpipeline.trajectory.v1";

    /// <summary>A later verdict on a run that was sent before.</summary>
    public const string Outcome = "com.skillpipeline.outcome.v1";

    /// <summary>What a platform found when it tried a version, as a validation job asked it to.</summary>
    public const string ValidationResult = "com.skillpipeline.validation-result.v1";

    public static IReadOnlyList<string> Known { get; } = [Trajectory, Outcome, ValidationResult];
}
