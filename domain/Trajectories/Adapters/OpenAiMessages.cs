using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters;

/// <summary>Messages as OpenAI's chat completions have them, as ATIF's steps.</summary>
internal static class OpenAiMessages
{
    public static JsonArray ToSteps(IReadOnlyList<Place> messages)
    {
        var steps = new JsonArray();
        foreach (var message in messages)
        {
            var role = message.RequiredText("role");
            if (role is "tool" or "function" && steps.Count > 0)
            {
                var step = steps[^1]!.AsObject();
                step["observation"] ??= new JsonObject { ["results"] = new JsonArray() };
                step["observation"]!["results"]!.AsArray().Add((JsonNode)Result(message));
            }
            else
            {
                steps.Add((JsonNode)Step(message, role, steps.Count + 1));
            }
        }

        return steps;
    }

    private static JsonObject Step(Place message, string role, int number)
    {
        var step = new JsonObject
        {
            ["step_id"] = number,
            ["source"] = role switch { "assistant" => "agent", "user" => "user", _ => "system" },
            ["message"] = AtifContent.Text(message, "content"),
        };
        if (message.Objects("tool_calls").Select(Call).ToArray() is { Length: > 0 } calls) step["tool_calls"] = new JsonArray(calls);
        return step;
    }

    private static JsonNode Call(Place call)
    {
        var function = call.RequiredObject("function");
        var (arguments, raw) = Arguments(function);
        var json = new JsonObject { ["tool_call_id"] = call.Text("id") ?? "", ["function_name"] = function.RequiredText("name"), ["arguments"] = arguments };
        if (raw is not null) json["extra"] = new JsonObject { ["arguments"] = raw };
        return json;
    }

    // A string with JSON in it, written by a model: where it is no object, it is kept as it was.
    private static (JsonObject Arguments, string? Raw) Arguments(Place function)
    {
        if (function.Member("arguments") is not { } told) return ([], null);
        if (told.Value.ValueKind == JsonValueKind.Object) return (JsonObject.Create(told.Value)!, null);
        if (told.Value.ValueKind != JsonValueKind.String) return ([], told.Value.GetRawText());
        var text = told.Value.GetString()!;
        return StrictJson.Parse(text) is Parsed<JsonElement>.Ok { Value.ValueKind: JsonValueKind.Object } parsed
            ? (JsonObject.Create(parsed.Value)!, null)
            : ([], text.Length == 0 ? null : text);
    }

    private static JsonObject Result(Place message)
    {
        var json = new JsonObject { ["content"] = AtifContent.Text(message, "content") };
        if (message.Text("tool_call_id") is { } id) json["source_call_id"] = id;
        return json;
    }
}
