using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters;

/// <summary>tau2's messages as ATIF's steps and back, without loss: what ATIF has no place for is kept in <c>extra</c>.</summary>
/// <remarks>A tool's message becomes a result of the step before it, the agent's or the user's: users have tools of their own there.</remarks>
internal static class Tau2Messages
{
    private const string AgentRole = "assistant";
    private const string ToolRole = "tool";

    public static JsonArray ToSteps(IReadOnlyList<Place> messages)
    {
        var steps = new JsonArray();
        JsonObject? open = null;
        foreach (var message in messages)
        {
            var role = message.RequiredText("role");
            if (role == ToolRole && open is not null)
            {
                Results(open).Add((JsonNode)Result(message));
                continue;
            }

            var step = Step(message, role, steps.Count + 1);
            steps.Add((JsonNode)step);
            open = step.ContainsKey("tool_calls") ? step : null;
        }

        return steps;
    }

    public static JsonArray FromSteps(JsonElement steps)
    {
        var messages = new JsonArray();
        foreach (var step in steps.EnumerateArray())
        {
            messages.Add((JsonNode)Message(step));
            if (!step.TryGetProperty("observation", out var observation)) continue;
            foreach (var result in observation.GetProperty("results").EnumerateArray()) messages.Add((JsonNode)ToolMessage(result));
        }

        return messages;
    }

    private static JsonArray Results(JsonObject step)
    {
        step["observation"] ??= new JsonObject { ["results"] = new JsonArray() };
        return step["observation"]!["results"]!.AsArray();
    }

    private static JsonObject Step(Place message, string role, int number)
    {
        var rest = new Rest(message);
        var step = new JsonObject { ["step_id"] = number, ["source"] = role switch { AgentRole => "agent", "user" => "user", _ => "system" } };
        if (role is AgentRole or "user" or "system") rest.Take("role", JsonValueKind.String);
        if (rest.Take("timestamp", JsonValueKind.String) is { } timestamp) step["timestamp"] = timestamp.GetString();
        if (rest.Take("content", JsonValueKind.String) is { } content) step["message"] = content.GetString();
        else if (message.Value.TryGetProperty("content", out _)) step["message"] = "";
        if (message.Value.TryGetProperty("tool_calls", out var calls) && calls.ValueKind == JsonValueKind.Array && calls.GetArrayLength() > 0)
        {
            rest.Take("tool_calls", JsonValueKind.Array);
            step["tool_calls"] = new JsonArray([.. message.Objects("tool_calls").Select(Call)]);
        }

        if (role == AgentRole) AddMetrics(step, rest);
        rest.AddTo(step);
        return step;
    }

    private static JsonNode Call(Place call)
    {
        var rest = new Rest(call);
        var id = rest.Take("id", JsonValueKind.String);
        call.RequiredText("name");
        rest.Take("name", JsonValueKind.String);
        var arguments = call.RequiredObject("arguments");
        rest.Take("arguments", JsonValueKind.Object);
        var json = new JsonObject { ["tool_call_id"] = id?.GetString() ?? "", ["function_name"] = call.Text("name") };
        json["arguments"] = arguments.Value.ValueKind == JsonValueKind.Object ? JsonObject.Create(arguments.Value) : new JsonObject();
        rest.AddTo(json);
        return json;
    }

    private static JsonObject Result(Place message)
    {
        var rest = new Rest(message);
        rest.Take("role", JsonValueKind.String);
        var json = new JsonObject();
        if (rest.Take("id", JsonValueKind.String) is { } id) json["source_call_id"] = id.GetString();
        if (rest.Take("content", JsonValueKind.String) is { } content) json["content"] = content.GetString();
        rest.AddTo(json);
        return json;
    }

    private static void AddMetrics(JsonObject step, Rest rest)
    {
        var metrics = new JsonObject();
        if (rest.Take("cost", JsonValueKind.Number) is { } cost) metrics["cost_usd"] = JsonValue.Create(cost);
        if (rest.Take("usage", JsonValueKind.Object) is { } usage)
        {
            var others = JsonObject.Create(usage)!;
            foreach (var name in new[] { "prompt_tokens", "completion_tokens" })
            {
                if (!usage.TryGetProperty(name, out var count) || count.ValueKind != JsonValueKind.Number || !count.TryGetInt64(out _)) continue;
                metrics[name] = JsonValue.Create(count);
                others.Remove(name);
            }

            // Present even when nothing is left over: it says that there was a usage.
            metrics["extra"] = others;
        }

        if (metrics.Count > 0) step["metrics"] = metrics;
    }

    private static JsonObject Message(JsonElement step)
    {
        var message = Extra(step);
        if (!message.ContainsKey("role")) message["role"] = step.GetProperty("source").GetString() is var source && source == "agent" ? AgentRole : source;
        if (step.TryGetProperty("timestamp", out var timestamp)) message["timestamp"] = JsonValue.Create(timestamp);
        if (!message.ContainsKey("content") && step.TryGetProperty("message", out var content)) message["content"] = JsonValue.Create(content);
        if (step.TryGetProperty("tool_calls", out var calls)) message["tool_calls"] = new JsonArray([.. calls.EnumerateArray().Select(ToolCall)]);
        if (!step.TryGetProperty("metrics", out var metrics)) return message;
        if (metrics.TryGetProperty("cost_usd", out var cost)) message["cost"] = JsonValue.Create(cost);
        if (!metrics.TryGetProperty("extra", out var others)) return message;
        var usage = JsonObject.Create(others)!;
        foreach (var count in metrics.EnumerateObject().Where(m => m.Name is "prompt_tokens" or "completion_tokens")) usage[count.Name] = JsonValue.Create(count.Value);
        message["usage"] = usage;
        return message;
    }

    private static JsonNode ToolCall(JsonElement call)
    {
        var json = Extra(call);
        json["id"] = call.GetProperty("tool_call_id").GetString();
        json["name"] = call.GetProperty("function_name").GetString();
        json["arguments"] = JsonObject.Create(call.GetProperty("arguments"));
        return json;
    }

    private static JsonObject ToolMessage(JsonElement result)
    {
        var message = Extra(result);
        message["role"] = ToolRole;
        if (result.TryGetProperty("source_call_id", out var id)) message["id"] = JsonValue.Create(id);
        if (result.TryGetProperty("content", out var content)) message["content"] = JsonValue.Create(content);
        return message;
    }

    private static JsonObject Extra(JsonElement owner) => owner.TryGetProperty("extra", out var extra) ? JsonObject.Create(extra.Clone())! : [];

    /// <summary>The members of an object that have not been given a place yet.</summary>
    private sealed class Rest(Place owner)
    {
        private readonly JsonObject members = owner.Value.ValueKind == JsonValueKind.Object ? JsonObject.Create(owner.Value)! : [];

        public JsonElement? Take(string name, JsonValueKind kind)
        {
            if (!owner.Value.TryGetProperty(name, out var value) || value.ValueKind != kind) return null;
            members.Remove(name);
            return value;
        }

        public void AddTo(JsonObject target)
        {
            if (members.Count > 0) target["extra"] = members;
        }
    }
}
