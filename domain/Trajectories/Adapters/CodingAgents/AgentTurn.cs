using System.Text;
using System.Text.Json.Nodes;

namespace Pipeline.Domain.Trajectories.Adapters.CodingAgents;

/// <summary>A turn of the agent, which becomes one step of ATIF. Results may still come when it is over.</summary>
internal sealed class AgentTurn(JsonObject step)
{
    // A turn may be told in very many pieces: they are put together once.
    private readonly StringBuilder message = new();
    private readonly StringBuilder reasoning = new();
    private JsonArray? calls;
    private JsonArray? results;
    private JsonObject? kept;

    /// <summary>It has said something or called: a further text is another turn, where turns have no names.</summary>
    public bool HasSpoken => message.Length > 0 || calls is not null;

    public bool HasResults => results is not null;

    public void Think(string text) => Append(reasoning, text);

    public void Say(string text) => Append(message, text);

    public void Add(MadeCall call, JsonObject? extra)
    {
        if (calls is null) step["tool_calls"] = calls = [];
        var json = new JsonObject { ["tool_call_id"] = call.Id, ["function_name"] = call.Tool, ["arguments"] = call.Arguments };
        if (extra is not null) json["extra"] = extra;
        calls.Add((JsonNode)json);
    }

    public void Answer(MadeCall call, string text, JsonObject? extra)
    {
        if (results is null) step["observation"] = new JsonObject { ["results"] = results = [] };
        var json = new JsonObject { ["source_call_id"] = call.Id, ["content"] = text };
        if (extra is { Count: > 0 }) json["extra"] = extra;
        results.Add((JsonNode)json);
    }

    public void Usage(long? prompt, long? completion, double? cost, string? model)
    {
        if (model is not null) step["model_name"] = model;
        if (prompt is null && completion is null && cost is null) return;
        var metrics = new JsonObject();
        if (prompt is not null) metrics["prompt_tokens"] = prompt;
        if (completion is not null) metrics["completion_tokens"] = completion;
        if (cost is not null) metrics["cost_usd"] = cost;
        step["metrics"] = metrics;
    }

    public void Keep(JsonObject extra)
    {
        if (kept is null)
        {
            step["extra"] = kept = extra;
            return;
        }

        foreach (var (name, value) in extra)
            if (!kept.ContainsKey(name)) kept[name] = value?.DeepClone();
    }

    public void Close()
    {
        if (message.Length > 0) step["message"] = message.ToString();
        if (reasoning.Length > 0) step["reasoning_content"] = reasoning.ToString();
    }

    private static void Append(StringBuilder texts, string text)
    {
        if (texts.Length > 0) texts.Append('\n');
        texts.Append(text);
    }
}
