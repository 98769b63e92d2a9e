using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Pipeline.Domain.Trajectories.Episodes.Coding;

/// <summary>Tells generic tools (a shell, an editor, an interpreter) by the shape of what they are given; their names are a hint only.</summary>
/// <remarks>A function of one run: nothing that another run showed is needed to read it again.</remarks>
public static partial class GenericTools
{
    private const int LongestPath = 1024;

    // Of a tool that nothing but its texts gives away: one text may look like anything.
    private const int EnoughCalls = 3;

    private static readonly FrozenSet<string> s_commandKeys = Set("command cmd commands script bash shell cmdline action");
    private static readonly FrozenSet<string> s_shellNames = Set("bash shell sh zsh terminal console powershell cmd exec command");
    private static readonly FrozenSet<string> s_pathKeys = Set("path paths file files filename filepath pathname dir directory folder notebook");
    private static readonly FrozenSet<string> s_contentKeys = Set("content contents text str string old new edits insert replacement");
    private static readonly FrozenSet<string> s_codeKeys = Set("code source snippet program");
    private static readonly FrozenSet<string> s_codeNames = Set("python ipython jupyter notebook code interpreter repl cell");

    /// <summary>The generic tools among those that a run called, by name.</summary>
    public static IReadOnlyDictionary<string, GenericTool> Among(IEnumerable<ToolCall> calls) => calls.GroupBy(c => c.Tool, StringComparer.Ordinal)
        .Select(g => (g.Key, Tool: Of(g.Key, [.. g]))).Where(t => t.Tool != GenericTool.No).ToDictionary(t => t.Key, t => t.Tool, StringComparer.Ordinal);

    private static GenericTool Of(string name, List<ToolCall> calls)
    {
        var words = Names.Words(name).ToHashSet(StringComparer.Ordinal);
        var isNamedShell = words.Overlaps(s_shellNames);
        if (MostOf(c => CommandOf(c) is { } command && LooksRun(c, command, isNamedShell, calls.Count >= EnoughCalls))) return GenericTool.Shell;
        if (MostOf(c => PatchText.IsPatch(TextOf(c)))) return GenericTool.Patch;
        if (MostOf(c => PathOf(c) is not null)) return GenericTool.Editor;
        return words.Overlaps(s_codeNames) && MostOf(c => CodeOf(c) is not null) ? GenericTool.Interpreter : GenericTool.No;

        bool MostOf(Func<ToolCall, bool> has) => calls.Count(has) * 2 > calls.Count;
    }

    /// <summary>The command line that a call would run; null where it has none.</summary>
    public static string? CommandOf(ToolCall call)
    {
        var value = ValueOf(call, s_commandKeys) ?? (call.Arguments.Count == 1 ? call.Arguments.First().Value : null);
        return value switch
        {
            JsonArray { Count: > 0 } words when words.All(IsText) => OfWords([.. words.Select(w => w!.GetValue<string>())]),
            JsonValue text when IsText(text) => text.GetValue<string>(),
            _ => null,
        };
    }

    /// <summary>The file or folder that a call is about; null where it names none.</summary>
    public static string? PathOf(ToolCall call)
    {
        // "folder_id" names no path.
        var value = call.Arguments.FirstOrDefault(a => a.Value is not null && Names.Words(a.Key).LastOrDefault() is { } last && s_pathKeys.Contains(last)).Value;
        if (value is JsonArray { Count: > 0 } several) value = several[0];
        return IsText(value) && value!.GetValue<string>() is { Length: > 0 and <= LongestPath } path && !path.AsSpan().ContainsAny('\n', '\r') ? path : null;
    }

    /// <summary>Whether a call says what a file is to hold.</summary>
    public static bool IsGivenContent(ToolCall call) => PathOf(call) is not null && ValueOf(call, s_contentKeys) is not null;

    public static string? CodeOf(ToolCall call) => ValueOf(call, s_codeKeys) is { } value && IsText(value) ? value.GetValue<string>() : null;

    /// <summary>The longest text that a call was given.</summary>
    public static string TextOf(ToolCall call) => call.Arguments.Select(a => a.Value).Where(IsText).Select(v => v!.GetValue<string>())
        .OrderByDescending(t => t.Length).ThenBy(t => t, StringComparer.Ordinal).FirstOrDefault() ?? "";

    // What an editor calls its command ("view", "create") comes with a path, and is one word that is no program.
    private static bool LooksRun(ToolCall call, string command, bool isNamedShell, bool isUsedOften)
    {
        var program = FirstProgram(command);
        // Programs have the names of common words: a sentence that begins with "find" is no command line.
        if (!isNamedShell && ValueOf(call, s_commandKeys) is null && !(isUsedOften && ShellSyntax().IsMatch(command))) return false;
        if (CommandWords.IsKnown(program)) return PathOf(call) is null || command.Contains(' ', StringComparison.Ordinal) || isNamedShell;
        return isNamedShell && program.Length > 0 && PathOf(call) is null;
    }

    private static string FirstProgram(string command)
    {
        const int enough = 4096;
        foreach (var simple in ShellLine.Parse(command.Length <= enough ? command : command[..enough]))
            if (CommandHead.Of(simple.Words) is { Program.Length: > 0 } head) return head.Program;
        return "";
    }

    // ["bash", "-lc", "make test"]
    private static string OfWords(string[] words) =>
        words.Length >= 3 && CommandWords.Shells.Contains(FileKind.NameOf(words[0])) && words[1].StartsWith('-') && words[1].EndsWith('c')
            ? words[2]
            : string.Join(' ', words.Select(w => w.AsSpan().ContainsAny(' ', '\n', '"') ? $"'{w}'" : w));

    private static JsonNode? ValueOf(ToolCall call, FrozenSet<string> keys)
    {
        foreach (var (key, value) in call.Arguments)
            if (value is not null && Names.Words(key).Any(keys.Contains)) return value;
        return null;
    }

    private static bool IsText(JsonNode? value) => value?.GetValueKind() == JsonValueKind.String;

    [GeneratedRegex(@"(^|\s)(-[A-Za-z]|--[a-z]|\.?/[\w.]|\||&&|>)", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex ShellSyntax();

    private static FrozenSet<string> Set(string words) => words.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}

public enum GenericTool { No, Shell, Editor, Patch, Interpreter }
