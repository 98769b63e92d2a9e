using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters.CodingAgents;

/// <summary>What is told of a run as a whole; what is not told stays null.</summary>
internal sealed record RunFacts
{
    /// <summary>What ran the agent: <c>claude-code</c>. Also the first part of the source.</summary>
    public required string Harness { get; init; }

    public string? Agent { get; init; }
    public string? AgentVersion { get; init; }
    public string? Model { get; init; }

    /// <summary>The project; where none is told it is the harness, whose tools are the world that the run was in.</summary>
    public string? Environment { get; init; }

    public string? Task { get; init; }

    /// <summary>The emitter's own name for the run. Kept, and the beginning of its id.</summary>
    public string? Session { get; init; }

    public double? CostUsd { get; init; }
    public long? PromptTokens { get; init; }
    public long? CompletionTokens { get; init; }
    public JsonArray? Tools { get; init; }

    /// <summary>As the envelope has it; null: nobody said.</summary>
    public JsonObject? Outcome { get; init; }

    /// <summary>What has no other place.</summary>
    public JsonObject? Extra { get; init; }
}

/// <summary>A run's event.</summary>
internal static class RunEvent
{
    private const int LongestSession = 128;

    /// <param name="place">Of the run in the file, for an error to name.</param>
    public static Parsed<CloudEvent> Of(RunFacts facts, RunDraft draft, AdapterOptions options, string place)
    {
        if (draft.IsEmpty) return new InputError("no-steps", "This run has no messages and no calls: there is nothing to learn from.", place);

        var environment = facts.Environment ?? facts.Harness;
        var skills = draft.Skills.ToJson();
        var run = new JsonObject { ["trajectory"] = Document(facts, draft), ["environment"] = environment, ["harness"] = facts.Harness };
        if (facts.Task is not null) run["task"] = facts.Task;
        run["outcome"] = facts.Outcome ?? new JsonObject { ["verifiedBy"] = "unknown" };
        if (skills is not null) run["skills"] = skills;

        var data = AdaptedEvent.Element(run);
        var (session, digest) = (Fit(facts.Session ?? facts.Task), AdaptedEvent.IdOf(data));
        // A session that went on is another event, and not a conflict with what it was; its name makes both one task.
        return AdaptedEvent.Of(session is null ? digest : $"{session}-{digest}", options.Source ?? $"{facts.Harness}/{AdaptedEvent.Segment(environment)}", data);
    }

    private static JsonObject Document(RunFacts facts, RunDraft draft)
    {
        var agent = new JsonObject { ["name"] = facts.Agent ?? facts.Harness, ["version"] = facts.AgentVersion ?? "unknown" };
        if (facts.Model is not null) agent["model_name"] = facts.Model;
        if (facts.Tools is { Count: > 0 }) agent["tool_definitions"] = facts.Tools;

        var document = new JsonObject { ["schema_version"] = "ATIF-v1.7" };
        if (facts.Session is not null) document["session_id"] = facts.Session;
        document["agent"] = agent;
        document["steps"] = draft.Steps();
        var metrics = new JsonObject();
        if (facts.PromptTokens is not null) metrics["total_prompt_tokens"] = facts.PromptTokens;
        if (facts.CompletionTokens is not null) metrics["total_completion_tokens"] = facts.CompletionTokens;
        if (facts.CostUsd is not null) metrics["total_cost_usd"] = facts.CostUsd;
        if (metrics.Count > 0) document["final_metrics"] = metrics;
        if (facts.Extra is { Count: > 0 }) document["extra"] = facts.Extra;
        return document;
    }

    private static string? Fit(string? name) =>
        string.IsNullOrWhiteSpace(name) || name.Length > LongestSession || name.Any(char.IsControl) ? null : name.Trim();
}
