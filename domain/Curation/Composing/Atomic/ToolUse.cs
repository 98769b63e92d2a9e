namespace Pipeline.Domain.Curation.Composing.Atomic;

/// <summary>What is worth knowing before a tool is called, as runs that had trouble with it show it.</summary>
public sealed record ToolUse
{
    public required string Environment { get; init; }
    public required string Tool { get; init; }

    /// <summary>Those of which something can be said, as callers write them.</summary>
    public required IReadOnlyList<ArgumentForm> Arguments { get; init; }

    /// <summary>Most common first.</summary>
    public required IReadOnlyList<ToolError> Errors { get; init; }
}

/// <param name="Form">How values that worked look, ready for a text; empty where they have no form in common.</param>
/// <param name="Values">The few values that there are; empty where there are many.</param>
/// <param name="Usually">The values are the usual ones and not all.</param>
/// <param name="Sometimes">Many calls do without it.</param>
public sealed record ArgumentForm(string Path, string Form, IReadOnlyList<string> Values, bool Usually, bool Sometimes);

/// <summary>An error that several tasks met.</summary>
/// <param name="Message">Without what differs from run to run.</param>
/// <param name="Runs">Runs that met it.</param>
/// <param name="Remedy">What helped in several tasks, ready for a text; empty where nothing did.</param>
/// <param name="Helped">Runs in which that helped.</param>
/// <param name="IsAdvice">The remedy says more than that something else was tried.</param>
/// <param name="Checks">What a look at the thing shows where the call works, and not where it is refused so.</param>
public sealed record ToolError(
    string Message, int Runs, string Remedy, int Helped, bool IsAdvice, IReadOnlyList<FieldRule> Checks, IReadOnlyList<string> EvidenceIds);
