using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Pipeline.Domain.Trajectories.Episodes.Coding;

/// <summary>Reads one call as the acts that it stands for.</summary>
internal static partial class CallReading
{
    private const int MostActs = 40;
    private const int MostWords = 48;
    private const int LongestWord = 160;
    private const int MostFiles = 24;
    private const int LongestCode = 200_000;
    private const int MostDepth = 3;
    private const int ShortestSaid = 24;
    private const int LongestSaid = 8000;
    private const int MostSaid = 40;

    private static readonly FrozenSet<string> s_contentKeys = Set("content contents text str string edits edit patch diff insert body data");
    private static readonly FrozenSet<string> s_writing = Set("write create save new put");
    private static readonly FrozenSet<string> s_editing = Set("edit replace update patch insert modify apply undo append change str multiedit");
    private static readonly FrozenSet<string> s_moving = Set("delete remove rm move rename mkdir copy");
    private static readonly FrozenSet<string> s_searchKeys = Set("pattern query regex glob search");

    public static IReadOnlyList<CodingAct> Read(GenericTool tool, ToolCall call, int index, int step)
    {
        List<CodingAct> acts = [.. (tool switch
        {
            GenericTool.Shell => OfShell(GenericTools.CommandOf(call) ?? "", depth: 0),
            GenericTool.Patch => [OfPatch(GenericTools.TextOf(call))],
            GenericTool.Editor when GenericTools.PathOf(call) is { } path => [OfEditor(call, path)],
            GenericTool.Interpreter when GenericTools.CodeOf(call) is { } code => [OfCode("python", [], code)],
            _ => [OfOther(call)],
        }).Take(MostActs)];
        if (acts.Count == 0) return [];

        // What a call gives back is told of the act that it was made for: the last that did something, else the last.
        var main = acts.FindLastIndex(a => a.Kind != ActKind.Look && !a.IsIncidental);
        if (main < 0) main = acts.FindLastIndex(a => !a.IsIncidental);
        if (main < 0) main = acts.Count - 1;
        var failed = call.Result is { } result && FailureText.IsFailure(result);
        return [.. acts.Select((a, i) => a with { Call = index, Step = step, Result = i == main ? call.Result : null, Failed = i == main && failed })];
    }

    private static IEnumerable<CodingAct> OfShell(string line, int depth)
    {
        foreach (var command in ShellLine.Parse(line))
        {
            var head = CommandHead.Of(command.Words);
            if (CommandWords.Shells.Contains(head.Program) && ShellTextOf(head, command) is { Length: > 0 } text && depth < MostDepth)
            {
                foreach (var inner in OfShell(text, depth + 1)) yield return inner;
            }
            else if (head.Name.Length > 0)
            {
                if (OfCommand(head, command) is { } act) yield return act;
            }
            foreach (var file in command.Writes.Where(f => !f.StartsWith("/dev/", StringComparison.Ordinal)))
                yield return Written(file, head.Program is "cat" or "echo" or "printf" or "" ? command.Input : "");
        }
    }

    private static string ShellTextOf(CommandHead head, ShellCommand command)
    {
        if (head.Program == "eval") return string.Join(' ', head.Words.Skip(1));
        for (var i = 1; i + 1 < head.Words.Count; i++)
            if (head.Words[i].StartsWith('-') && head.Words[i].EndsWith('c')) return head.Words[i + 1];
        return head.Operands.Any() ? "" : command.Input;
    }

    private static CodingAct? OfCommand(CommandHead head, ShellCommand command)
    {
        var (program, operands) = (head.Program, head.Operands.ToList());
        if (PatchText.IsPatch(command.Input) && !CommandWords.Looking.Contains(program)) return OfPatch(command.Input);
        if (program == "tee") return operands.Count > 0 ? Written(operands[0], command.Input) : null;
        if (program is "sed" or "perl" && head.Words.Any(w => w.StartsWith("-i", StringComparison.Ordinal) || w.StartsWith("-pi", StringComparison.Ordinal)))
            return new() { Call = 0, Step = 0, Name = $"edit {FileKind.Of(operands.LastOrDefault() ?? "")}", Kind = ActKind.Change, Words = Capped(head.Words), Files = Capped(operands.TakeLast(1)) };
        if (program is "cat" or "head" or "tail" or "less" or "more" or "open" && command.Writes.Count == 0 && operands.LastOrDefault(o => FileKind.Of(o) != FileKind.Plain) is { } read)
            return new() { Call = 0, Step = 0, Name = $"read {FileKind.Of(read)}", Kind = ActKind.Look, Words = Capped(head.Words), Files = Capped([read]) };
        if (CommandWords.Interpreters.Contains(program)) return OfInterpreter(head, operands, command.Input);
        return new()
        {
            Call = 0,
            Step = 0,
            Name = head.Name,
            Kind = KindOf(head),
            Words = Capped(head.Words),
            Files = Capped(operands.Where(o => FileKind.Of(o) != FileKind.Plain)),
            IsIncidental = CommandWords.Incidental.Contains(program) && !IsCheck(head.Name),
        };
    }

    private static CodingAct OfInterpreter(CommandHead head, List<string> operands, string input)
    {
        var inline = head.Words.ToList().FindIndex(w => w is "-c" or "-e" or "--eval") is > 0 and var at && at + 1 < head.Words.Count ? head.Words[at + 1] : "";
        var script = inline.Length == 0 ? operands.Find(o => FileKind.Of(o) != FileKind.Plain) ?? "" : "";
        var code = inline.Length > 0 ? inline : script.Length == 0 ? input : "";
        var words = inline.Length > 0 ? [.. head.Words.TakeWhile(w => w != inline)] : head.Words;
        var act = OfCode(head.Program, words, code);
        if (head.Has("--version", "-V", "--help")) return act with { Kind = ActKind.Look, IsIncidental = true };
        return script.Length == 0 ? act : act with
        {
            Kind = Words(FileKind.NameOf(script)).Any(CommandWords.Checking.Contains) ? ActKind.Check : ActKind.Run,
            Files = Capped([script]),
            RunsScript = true,
        };
    }

    private static CodingAct OfCode(string program, IReadOnlyList<string> words, string code)
    {
        var kept = code.Length <= LongestCode ? code : code[..LongestCode];
        var writes = WrittenByCode().Matches(kept).Select(m => m.Groups["file"].Value).Where(f => FileKind.Of(f) != FileKind.Plain).Distinct(StringComparer.Ordinal);
        return new() { Call = 0, Step = 0, Name = program, Kind = ActKind.Run, Words = Capped(words), Files = Capped(writes), Code = kept };
    }

    private static CodingAct OfEditor(ToolCall call, string path)
    {
        var kind = FileKind.Of(path);
        var verbs = Names.Words(call.Tool).Concat(call.Arguments["command"] is JsonValue v && v.GetValueKind() == JsonValueKind.String ? Words(v.GetValue<string>()) : []).ToHashSet(StringComparer.Ordinal);
        var content = call.Arguments.Where(a => a.Value?.GetValueKind() == JsonValueKind.String && Names.Words(a.Key).Any(s_contentKeys.Contains)
            && !Names.Words(a.Key).Contains("old")).Select(a => a.Value!.GetValue<string>()).FirstOrDefault() ?? "";
        var isSearch = call.Arguments.Any(a => Names.Words(a.Key).Any(s_searchKeys.Contains));
        if (isSearch && content.Length == 0) return Looked("search", path);
        if (verbs.Overlaps(s_moving)) return Changed($"delete {kind}", path, "");
        if (verbs.Overlaps(s_editing)) return Changed($"edit {kind}", path, content);
        if (verbs.Overlaps(s_writing) || content.Length > 0) return Changed($"write {kind}", path, content);
        return Looked($"read {kind}", path);
    }

    // A tool of a kind of its own in a run of generic ones: its short arguments are kept, as words.
    private static CodingAct OfOther(ToolCall call) => new()
    {
        Call = 0,
        Step = 0,
        Name = call.Tool,
        Kind = ActKind.Use,
        Words = Capped([call.Tool, .. call.Arguments.Where(a => a.Value is JsonValue && a.Value.ToString() is { Length: > 0 and < 80 }).Select(a => $"{a.Key}={a.Value}")]),
    };

    /// <summary>What an agent writes into the arguments of a tool of a kind of its own: its plan, or what it asks of another agent.</summary>
    public static IEnumerable<string> SaidIn(ToolCall call) => DataFlow.Scalars(JsonSerializer.SerializeToElement(call.Arguments)).Select(s => s.Value)
        .Where(v => v.Length >= ShortestSaid).Take(MostSaid).Select(v => v.Length <= LongestSaid ? v : v[..LongestSaid]);

    private static CodingAct OfPatch(string text)
    {
        var files = PatchText.FilesOf(text);
        return Changed($"edit {(files.Count > 0 ? FileKind.Of(files[0]) : FileKind.Plain)}", "", text) with { Files = Capped(files) };
    }

    private static CodingAct Written(string file, string content) => Changed($"write {FileKind.Of(file)}", file, content);

    private static CodingAct Changed(string name, string file, string content) => new()
    {
        Call = 0,
        Step = 0,
        Name = name,
        Kind = ActKind.Change,
        Files = Capped([file]),
        Code = content.Length <= LongestCode ? content : content[..LongestCode],
    };

    private static CodingAct Looked(string name, string file) => new() { Call = 0, Step = 0, Name = name, Kind = ActKind.Look, Files = Capped([file]) };

    private static ActKind KindOf(CommandHead head)
    {
        if (head.Words.Count <= 2 && head.Has("--version", "--help", "-V", "-h", "version", "help")) return ActKind.Look;
        if (CommandWords.LookingSubcommands.Contains(head.Name)) return ActKind.Look;
        if (head.Program == "find") return head.Has("-delete", "-exec", "-execdir") ? ActKind.Run : ActKind.Look;
        if (head.Program == "curl") return head.Has("-o", "-O", "-X", "-d", "--data", "--output", "-T") ? ActKind.Run : ActKind.Look;
        if (CommandWords.Looking.Contains(head.Program) || CommandWords.Incidental.Contains(head.Program)) return ActKind.Look;
        if (IsCheck(head.Name)) return ActKind.Check;
        return CommandWords.IsKnown(head.Program) ? ActKind.Change : ActKind.Run;
    }

    private static bool IsCheck(string name) => name != "test" && Words(name).Any(CommandWords.Checking.Contains);

    private static IEnumerable<string> Words(string name) => Names.Words(name);

    private static List<string> Capped(IEnumerable<string> words, int most = MostWords) =>
        [.. words.Where(w => w.Length > 0).Take(Math.Min(most, MostWords)).Select(w => w.Length <= LongestWord ? w : w[..LongestWord])];

    private static FrozenSet<string> Set(string words) => words.Split(' ').ToFrozenSet(StringComparer.Ordinal);

    // open("a.csv", "w"), frame.to_csv("a.csv"), image.save('a.png'), open(f"{x}/a.txt", mode="w")
    [GeneratedRegex("""(?:open\(\s*f?["'](?<file>[^"'\n]{1,200})["']\s*,\s*(?:mode\s*=\s*)?["'][wax]|\.(?:save|savefig|to_[a-z]{2,12}|write_[a-z]{2,12}|imwrite|writeFileSync|writeFile)\(\s*f?["'](?<file>[^"'\n]{1,200})["'])""",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex WrittenByCode();
}
