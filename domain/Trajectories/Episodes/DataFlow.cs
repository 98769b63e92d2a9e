using System.Globalization;
using System.Text.Json;

namespace Pipeline.Domain.Trajectories.Episodes;

/// <summary>Where the values of a trajectory's tool arguments came from: the user, or the result of an earlier call.</summary>
public sealed class DataFlow
{
    // One or two characters, "true" and the like turn up everywhere and prove nothing.
    private const int ShortestTraceable = 3;

    // A longer key is a value that somebody made a key of; and every path below it would hold it once more.
    private const int LongestKey = 64;

    private readonly Dictionary<string, (int Call, string Path)> _firstResult = new(StringComparer.Ordinal);
    private readonly SaidTexts _said = new();

    private DataFlow(IReadOnlyList<TracedCall> calls) => Calls = calls;

    /// <summary>Every call by the agent, in order.</summary>
    public IReadOnlyList<TracedCall> Calls { get; }

    public static DataFlow Trace(Trajectory trajectory)
    {
        var calls = new List<TracedCall>();
        var flow = new DataFlow(calls);
        foreach (var step in trajectory.Steps)
        {
            if (step.Source == StepSource.User) flow._said.Add(step.Number, step.Message);
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
        foreach (var (path, value) in Scalars(JsonSerializer.SerializeToElement(call.Arguments))) arguments.Add(new(path, value, SourceOf(value, step)));
        return new(index, step, call, arguments, ResultFields(call.Result));
    }

    private ValueSource SourceOf(string value, int step)
    {
        if (value.Length < ShortestTraceable || value is "true" or "false" or "null") return ValueSource.Chosen;
        var said = _said.FirstStepWith(value);
        var produced = _firstResult.TryGetValue(value, out var result);
        if (produced && (said is null || Calls[result.Call].Step < said)) return new ValueSource.Result(result.Call, result.Path);
        return said < step ? ValueSource.User : ValueSource.Chosen;
    }

    private void Remember(TracedCall call)
    {
        if (call.Call.Result is not { IsError: false }) return;
        // What a call was given and gives back is not from there.
        var given = call.Arguments.Select(a => a.Value).ToHashSet(StringComparer.Ordinal);
        foreach (var (path, value) in call.Result)
            if (value.Length >= ShortestTraceable && !given.Contains(value)) _firstResult.TryAdd(value, (call.Index, path));
    }

    private static IReadOnlyList<(string Path, string Value)> ResultFields(ToolResult? result)
    {
        if (result is null) return [];
        var text = result.Content.Trim();
        if (text.Length > 0 && text[0] is '{' or '[')
        {
            try
            {
                using var json = JsonDocument.Parse(text);
                return [.. Scalars(json.RootElement)];
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                // Text that only looks like JSON, or that holds half a character, stays text.
            }
        }
        return [("", text)];
    }

    /// <summary>All scalars below a node with their paths. Array places are <c>[]</c>; keys that are data (they hold digits) are <c>*</c>,
    /// and count as values themselves.</summary>
    public static IEnumerable<(string Path, string Value)> Scalars(JsonElement node, string path = "")
    {
        switch (node.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in node.EnumerateObject())
                {
                    var (key, isData) = (member.Name, IsData(member.Name));
                    var below = path.Length == 0 ? isData ? "*" : key : $"{path}.{(isData ? "*" : key)}";
                    if (isData) yield return (below, key);
                    foreach (var scalar in Scalars(member.Value, below)) yield return scalar;
                }
                break;
            case JsonValueKind.Array:
                foreach (var child in node.EnumerateArray())
                    foreach (var scalar in Scalars(child, path + "[]")) yield return scalar;
                break;
            case JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                yield return (path, Text(node));
                break;
        }
    }

    private static bool IsData(string key) => key.Length > LongestKey
        || (key.Any(char.IsAsciiDigit) && (key.Length > 8 || !key.All(char.IsAsciiLetterOrDigit) || key.All(char.IsAsciiDigit)) && !IsNumberedWord(key));

    // address1, line2: a word with a number, not data.
    private static bool IsNumberedWord(string key) => key.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9').All(c => char.IsAsciiLetter(c) || c == '_')
        && key.Count(char.IsAsciiDigit) <= 2 && char.IsAsciiLetter(key[0]);

    // Whole numbers as they stand: an id of seventeen digits is no double. Others so that 12.50 and 12.5 are one value.
    private static string Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number when value.GetRawText() is var raw && !raw.All(c => char.IsAsciiDigit(c) || c == '-') =>
            value.GetDouble().ToString("R", CultureInfo.InvariantCulture),
        _ => value.GetRawText(),
    };
}

/// <param name="Index">Among the agent's calls, from 0.</param>
/// <param name="Step">The step's number.</param>
/// <param name="Result">Scalars of the result by path; a plain text result has the empty path.</param>
public sealed record TracedCall(
    int Index, int Step, ToolCall Call, IReadOnlyList<TracedArgument> Arguments, IReadOnlyList<(string Path, string Value)> Result)
{
    private const int ShortestIdentifier = 4;

    public string Tool => Call.Tool;

    public bool Failed => Call.Result is { IsError: true };

    /// <summary>Values of arguments that look like the name of one thing: they are not short and have a digit in them.</summary>
    public IEnumerable<string> Identifiers =>
        Arguments.Where(a => a.Value.Length >= ShortestIdentifier && a.Value.Any(char.IsAsciiDigit)).Select(a => a.Value);
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
