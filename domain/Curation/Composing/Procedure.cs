namespace Pipeline.Domain.Curation.Composing;

/// <summary>What the successful episodes of a family have in common, before it is put into words.</summary>
public sealed record Procedure
{
    public required string Environment { get; init; }
    public required string Effect { get; init; }

    /// <summary>Words that users say who want this, most common first.</summary>
    public required IReadOnlyList<string> Triggers { get; init; }

    /// <summary>In the order in which they are done; the effect is the last.</summary>
    public required IReadOnlyList<ProcedureStep> Steps { get; init; }
    public required IReadOnlyList<FieldRule> Preconditions { get; init; }
    public required IReadOnlyList<FieldRule> Checks { get; init; }
    public required IReadOnlyList<Pitfall> Pitfalls { get; init; }

    /// <summary>What coding runs have in common; null where tools have an effect each.</summary>
    public Coding.CodingProcedure? Coding { get; init; }

    /// <summary>Successful runs asked the user before they acted.</summary>
    public required bool AsksFirst { get; init; }

    /// <summary>The effect is done once for each of several things in some runs.</summary>
    public required bool Repeats { get; init; }
}

/// <summary>One step: a tool, or several of which one is chosen.</summary>
/// <param name="Tools">More than one: alternatives, most common first.</param>
/// <param name="Sometimes">Only some runs need it.</param>
public sealed record ProcedureStep(IReadOnlyList<StepTool> Tools, bool Sometimes);

public sealed record StepTool(string Tool, IReadOnlyList<ArgumentRule> Arguments);

/// <param name="Sources">Where successful runs took the value from, most common first.</param>
/// <param name="Sometimes">Many calls do without it.</param>
public sealed record ArgumentRule(string Path, IReadOnlyList<ArgumentSource> Sources, bool Sometimes);

public abstract record ArgumentSource
{
    private ArgumentSource() { }

    public sealed record User : ArgumentSource;

    /// <param name="Path">Where in the tool's result; empty for a plain text.</param>
    public sealed record Result(string Tool, string Path) : ArgumentSource;

    /// <summary>One of these: as far as was seen always, or else usually.</summary>
    public sealed record OneOf(IReadOnlyList<string> Values, bool Usually) : ArgumentSource;

    /// <summary>Worked out by the agent.</summary>
    public sealed record Composed : ArgumentSource;
}

/// <summary>A field of a tool's result that has a certain value: before acting (a precondition) or after it (a check).</summary>
public sealed record FieldRule(string Tool, string Path, string Value);

/// <summary>What went wrong, how often, and what helped.</summary>
/// <param name="Seen">Runs in which it was seen.</param>
/// <param name="Text">A sentence; names of tools stand in backticks.</param>
/// <param name="EvidenceIds">The episodes that show it.</param>
public sealed record Pitfall(string Text, int Seen, IReadOnlyList<string> EvidenceIds);
