using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipeline.Domain.Trajectories.Episodes.Coding;

/// <summary>Tells the calls by which an agent minds its own affairs: lists of things to do, plans and thoughts that are put down, tools that are
/// looked up, the word that it is done. Told by what they are given; names are a hint.</summary>
internal static class Housekeeping
{
    private static readonly FrozenSet<string> s_words = Set("todo todos think thinking thought thoughts finish submit reflect");
    private static readonly FrozenSet<string> s_planMode = Set("plan mode");
    private static readonly FrozenSet<string> s_lookingUp = Set("search find load list select get discover");
    private static readonly FrozenSet<string> s_tools = Set("tool tools");
    private static readonly FrozenSet<string> s_states = Set("pending in_progress completed todo doing done not_started cancelled");

    /// <param name="tools">All tools that the run called.</param>
    public static bool Is(ToolCall call, IReadOnlySet<string> tools)
    {
        var words = Names.Words(call.Tool).ToHashSet(StringComparer.Ordinal);
        if (GenericTools.PathOf(call) is null && (words.Overlaps(s_words) || words.IsSupersetOf(s_planMode) || (words.Overlaps(s_tools) && words.Overlaps(s_lookingUp)))) return true;
        if (GenericTools.CommandOf(call) is { } command && call.Arguments.Count == 1 && s_words.Contains(command.Trim())) return true;
        return call.Arguments.Any(a => IsToDoList(a.Value) || NamesTools(a.Value, tools));
    }

    private static bool IsToDoList(JsonNode? value) => value is JsonArray { Count: > 0 } items && items.All(i => i is JsonObject item
        && item.Any(m => m.Key.Contains("stat", StringComparison.OrdinalIgnoreCase) && m.Value?.GetValueKind() == JsonValueKind.String && s_states.Contains(m.Value.GetValue<string>())));

    // "select:Read,Write": nothing but names of tools of its own.
    private static bool NamesTools(JsonNode? value, IReadOnlySet<string> tools) => value?.GetValueKind() == JsonValueKind.String
        && value.GetValue<string>() is { Length: > 0 and < 400 } text && text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..].Split(',', StringSplitOptions.TrimEntries) is var named
        && named.Length > 0 && text.Contains(':', StringComparison.Ordinal) && named.All(tools.Contains);

    private static FrozenSet<string> Set(string words) => words.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
