using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Pipeline.Domain.Trajectories;

/// <summary>One agent run on one task, normalised: what was asked, what the agent did step by step, how it ended.</summary>
/// <remarks>Identity is (tenant, <see cref="Source"/>, <see cref="Id"/>). Texts are hostile input: data, never instructions.</remarks>
public sealed record Trajectory
{
    /// <summary>The emitter's id of the run.</summary>
    public required string Id { get; init; }

    /// <summary>Who emitted it, the CloudEvents source.</summary>
    public required string Source { get; init; }

    /// <summary>The task that was done; runs of one task are not independent evidence. Empty when the emitter names none.</summary>
    public string Task { get; init; } = "";

    /// <summary>The world of tools that the task was done in; empty when unknown.</summary>
    public string Environment { get; init; } = "";

    public string Agent { get; init; } = "";
    public string Model { get; init; } = "";
    public string Harness { get; init; } = "";
    public Outcome Outcome { get; init; } = Outcome.Unknown;
    public SkillUsage SkillUsage { get; init; } = SkillUsage.None;
    public required IReadOnlyList<Step> Steps { get; init; }
    public IReadOnlyList<ToolDefinition> Tools { get; init; } = [];

    /// <summary>US dollars; null when not told.</summary>
    public decimal? CostUsd { get; init; }

    /// <summary>Prompt and completion tokens; null when not told.</summary>
    public long? Tokens { get; init; }
}

/// <summary>One turn: what was said, and the tools that were called with what they returned.</summary>
/// <param name="Number">From 1, as the emitter counts.</param>
/// <param name="Source">Who took the turn.</param>
public sealed record Step(int Number, StepSource Source, string Message, IReadOnlyList<ToolCall> Calls)
{
    /// <summary>What the agent thought before it spoke or called; empty when not told.</summary>
    public string Reasoning { get; init; } = "";
}

public enum StepSource { System, User, Agent }

/// <param name="Tool">The tool's name.</param>
/// <param name="Arguments">As called; an empty object when there were none.</param>
/// <param name="Result">What came back; null when the trajectory does not show it.</param>
public sealed record ToolCall(string Id, string Tool, JsonObject Arguments, ToolResult? Result);

/// <param name="IsError">The tool said so, or its text begins as an error does (see the adapters).</param>
public sealed record ToolResult(string Content, bool IsError);

/// <summary>A tool as declared to the agent.</summary>
/// <param name="ReadOnly">MCP's <c>readOnlyHint</c>, where declared.</param>
public sealed record ToolDefinition(string Name, string Description, bool? ReadOnly);

/// <summary>How a run ended, and who says so.</summary>
/// <param name="Success">Null when nobody said.</param>
/// <param name="Reward">On the emitter's scale, usually 0 to 1.</param>
public sealed record Outcome(bool? Success, double? Reward, VerifiedBy VerifiedBy)
{
    public static Outcome Unknown { get; } = new(null, null, VerifiedBy.Unknown);

    /// <summary>A success that somebody other than the agent has checked.</summary>
    [JsonIgnore]
    public bool IsVerifiedSuccess => Success == true && IsVerified;

    [JsonIgnore]
    public bool IsVerifiedFailure => Success == false && IsVerified;

    private bool IsVerified => VerifiedBy is VerifiedBy.Verifier or VerifiedBy.Human;

    /// <summary>Whether this verdict gives way to another: one that somebody checked does only to one that somebody checked.</summary>
    public bool YieldsTo(Outcome later) => later.IsVerified || !IsVerified || (Success, Reward) is (null, null);
}

/// <summary>Who verified an outcome. What an agent says of itself (<see cref="Self"/>) never counts as verified.</summary>
public enum VerifiedBy { Unknown, Self, Human, Verifier }

/// <summary>Five separate facts: a skill that was available was not therefore used.</summary>
public sealed record SkillUsage(
    IReadOnlyList<SkillReference> Available,
    IReadOnlyList<SkillReference> Retrieved,
    IReadOnlyList<SkillReference> Loaded,
    IReadOnlyList<SkillReference> LoadFailed,
    IReadOnlyList<SkillReference> ResourceRead)
{
    public static SkillUsage None { get; } = new([], [], [], [], []);
}

/// <param name="Version">Null when not told.</param>
/// <param name="Digest">The package digest; null when not told.</param>
public sealed record SkillReference(string Name, int? Version, string? Digest);
