using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.Domain.Trajectories.Erasure;

/// <summary>What was said in a run, text by text: messages, thoughts, values of arguments, what tools answered. Names of tools, arguments and fields
/// are the environment's and nobody's words.</summary>
public static class SpokenText
{
    private const int Deepest = 64;
    private const int DeepestWithin = 4;

    public static IEnumerable<string> In(Trajectory run) => run.Steps.SelectMany(In);

    private static IEnumerable<string> In(Step step) =>
        new[] { step.Message, step.Reasoning }.Concat(step.Calls.SelectMany(call => Values(call.Arguments, 0).Concat(call.Result is { } result ? Answer(result.Content) : [])));

    /// <summary>The texts that a text holds: where it is JSON its values, and what is JSON within them, as they read when decoded; and itself.</summary>
    public static IEnumerable<string> Within(string text) => Within(text, 0);

    private static IEnumerable<string> Within(string text, int depth)
    {
        yield return text;
        if (depth == DeepestWithin || text.AsSpan().TrimStart() is not ['{' or '[' or '"', ..]) yield break;
        foreach (var value in Answer(text).Where(v => v != text))
            foreach (var inner in Within(value, depth + 1)) yield return inner;
    }

    // An answer in JSON has fields, which are not said by anybody; any other is a text.
    private static IEnumerable<string> Answer(string content)
    {
        JsonNode? answer;
        try
        {
            answer = JsonNode.Parse(content, documentOptions: new() { MaxDepth = Deepest });
        }
        catch (JsonException)
        {
            return [content];
        }
        return Values(answer, 0);
    }

    private static IEnumerable<string> Values(JsonNode? node, int depth) => node switch
    {
        _ when depth > Deepest => [node!.ToJsonString()],
        // Ids and addresses stand as names of fields, too.
        JsonObject item => item.SelectMany(member => Values(member.Value, depth + 1).Concat(member.Key.Any(c => char.IsAsciiDigit(c) || c == '@') ? [member.Key] : [])),
        JsonArray items => items.SelectMany(item => Values(item, depth + 1)),
        JsonValue value => [value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString()],
        _ => [],
    };
}
