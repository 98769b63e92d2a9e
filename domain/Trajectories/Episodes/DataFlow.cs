using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.Domain.Trajectories.Episodes;

/// <summary>Where the values of a trajectory's tool arguments came from: the user, or the result of an earlier call.</summary>
public sealed class DataFlow
{
    // One or two characters, "true" and the like turn up everywhere and prove nothing.
    private const int ShortestTraceable = 3;

    private readonly Dictionary<string, (int Call, string Path)> _firstResult = new(StringComparer.Ordinal);
    private readonly List<(int Step, string Text)> _said = [];

    private DataFlow(IReadOnlyList<TracedCall> calls) => Calls = calls;

    /// <summary>Every call by the agent, in order.</summary>
    public IReadOnlyList<TracedCall> Calls { get; }

    public static DataFlow Trace(Trajectory trajectory)
    {
        var calls = new List<TracedCall>();
        var flow = new DataFlow(calls);
        foreach (var step in trajectory.Steps)
        {
            if (step.Source == StepSource.User) flow._said.Add((step.Number, step.Message));
            if (step.Source != StepSource.Agent) continue;
            // Calls of one step were made together: none of them could know another's result.
            var traced = step.Calls.Select((call, i) => flow.TraceCall(calls.Count + i, step.Number, call)).ToList();
            calls.AddRange(traced);
            foreach (var call in traced) flow.Remember(call);
        }
        return flow;
    }

    private TracedCall TraceCall(int index, int step, ToolCall call)
    {
        var arguments = new List<TracedArgument>();
        foreach (var (path, value) in Scalars(call.Arguments)) arguments.Add(new(path, value, SourceOf(value, step)));
        return new(index, step, call, arguments, ResultFields(call.Result));
    }

    private ValueSource SourceOf(string value, int step)
    {
        if (value.Length < ShortestTraceable || value is "true" or "false" or "null") return ValueSource.Chosen;
        var said = _said.Find(s => s.Text.Contains(value, StringComparison.OrdinalIgnoreCase));
        var produced = _firstResult.TryGetValue(value, out var result);
        if (produced && (said.Text is null || Calls[result.Call].Step < said.Step)) return new ValueSource.Result(result.Call, result.Path);
        return said.Text is not null && said.Step < step ? ValueSource.User : ValueSource.Chosen;
    }

    private void Remember(TracedCall call)
    {
        if (call.Call.Result is { IsError: false })
        {
            foreach (var (path, value) in call.Result)
                if (value.Length >= ShortestTraceable) _firstResult.TryAdd(value, (call.Index, path));
        }
    }

    private static IReadOnlyList<(string Path, string Value)> ResultFields(ToolResult? result)
    {
        if (result is null) return [];
        var text = result.Content.Trim();
        if (text.Length > 0 && text[0] is '{' or '[')
        {
            try
            {
                return [.. Scalars(JsonNode.Parse(text))];
            }
            catch (JsonException)
            {
                // Text that only looks like JSON stays text.
            }
        }
        return [("", text)];
    }

    /// <summary>All scalars below a node with their paths. Array places are <c>[]</c>; keys that are data (they hold digits) are <c>*</c>,
    /// and count as values themselves.</summary>
    public static IEnumerable<(string Path, string Value)> Scalars(JsonNode? node, string path = "")
    {
        switch (node)
        {
            case JsonObject o:
                foreach (var (key, child) in o)
                {
                    var isData = key.Any(char.IsAsciiDigit) && (key.Length > 8 || key.Any(c => !char.IsAsciiLetterOrDigit(c)) || key.All(char.IsAsciiDigit)) && !IsNumberedWord(key);
                    var below = path.Length == 0 ? isData ? "*" : key : $"{path}.{(isData ? "*" : key)}";
                    if (isData) yield return (below, key);
                    foreach (var scalar in Scalars(child, below)) yield return scalar;
                }
                break;
            case JsonArray a:
                foreach (var child in a)
                    foreach (var scalar in Scalars(child, path + "[]")) yield return scalar;
                break;
            case JsonValue v:
                yield return (path, Text(v));
                break;
        }
    }

    // address1, line2: a word with a number, not data.
    private static bool IsNumberedWord(string key) => key.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9').All(c => char.IsAsciiLetter(c) || c == '_')
        && key.Count(char.IsAsciiDigit) <= 2 && char.IsAsciiLetter(key[0]);

    private static string Text(JsonValue value) => value.GetValueKind() switch
    {
        JsonValueKind.String => value.GetValue<string>(),
        JsonValueKind.True => "true",
        JsonValueKind.False => "false",
        JsonValueKind.Number when value.TryGetValue<double>(out var number) => number.ToString("R", CultureInfo.InvariantCulture),
        _ => value.ToJsonString(),
    };
}

/// <param name="Index">Among the agent's calls, from 0.</param>
/// <param name="Step">The step's number.</param>
/// <param name="Result">Scalars of the result by path; a plain text result has the empty path.</param>
public sealed record TracedCall(
    int Index, int Step, ToolCall Call, IReadOnlyList<TracedArgument> Arguments, IReadOnlyList<(string Path, string Value)> Result)
{
    public string Tool => Call.Tool;

    public bool Failed => Call.Result is { IsError: true };
}

public sealed record TracedArgument(string Path, string Value, ValueSource Source);

/// <summary>Where a value came from first.</summary>
public abstract record ValueSource
{
    private ValueSource() { }

    /// <summary>The user had said it.</summary>
    public static ValueSource User { get; } = new FromUser();

    /// <summary>Neither said nor returned before: the agent chose or composed it.</summary>
    public static ValueSource Chosen { get; } = new ByAgent();

    public sealed record Result(int Call, string Path) : ValueSource;

    private sealed record FromUser : ValueSource;

    private sealed record ByAgent : ValueSource;
}
