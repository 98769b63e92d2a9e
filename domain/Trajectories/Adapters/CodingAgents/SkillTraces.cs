using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Trajectories.Adapters.CodingAgents;

/// <summary>What a run shows of the use of skills: which were listed, loaded, failed to load, and whose SKILL.md was read.</summary>
internal sealed class SkillTraces
{
    private const int MostNames = 256;

    // How the harnesses call the tool that loads a skill, and its argument: Claude Code, opencode, OpenHands, Gemini CLI.
    private static readonly string[] LoadingTools = ["Skill", "skill", "invoke_skill", "activate_skill", "load_skill"];
    private static readonly string[] NameArguments = ["skill", "name", "skill_name", "command"];

    // What prints a file in a shell.
    private static readonly string[] PrintingCommands = ["cat", "sed", "head", "tail", "less", "more", "nl", "bat"];

    private readonly List<string> available = [];
    private readonly List<string> loaded = [];
    private readonly List<string> failed = [];
    private readonly List<string> read = [];

    /// <summary>A text by the harness or the user, which may list skills or hold one that was just loaded.</summary>
    public void Listed(string text)
    {
        foreach (var name in SkillListing.NamesIn(text)) Add(available, name);
        if (SkillListing.LoadedIn(text) is { } injected) Add(loaded, injected);
    }

    public void Available(string? name) => Add(available, name);

    public void Loaded(string? name) => Add(loaded, name);

    public void Answered(string tool, JsonObject arguments, string text, bool? isError)
    {
        var hasFailed = isError ?? text.StartsWith("Error", StringComparison.Ordinal);
        if (LoadingTools.Contains(tool)) Add(hasFailed ? failed : loaded, NameArguments.Select(a => Text(arguments, a)).FirstOrDefault(n => n is not null));
        else if (!hasFailed && SkillFileIn(tool, arguments) is { } name) Add(read, name);
    }

    /// <summary>The envelope's <c>skills</c>; null where nothing is told.</summary>
    public JsonObject? ToJson()
    {
        var json = new JsonObject();
        foreach (var (fact, names) in new[] { ("available", available), ("loaded", loaded), ("loadFailed", failed), ("resourceRead", read) })
            if (names.Count > 0) json[fact] = new JsonArray([.. names.Select(n => (JsonNode)new JsonObject { ["name"] = n })]);
        return json.Count > 0 ? json : null;
    }

    // Written or edited, a SKILL.md is no help in the run: only reading it is.
    private static string? SkillFileIn(string tool, JsonObject arguments)
    {
        var isView = !ToolEffects.ChangesSomething(tool, []) || Text(arguments, "command") == "view";
        foreach (var (_, value) in arguments)
        {
            if (value is not JsonValue scalar || !scalar.TryGetValue(out string? text) || SkillListing.FolderOfSkillFile(text) is not { } name) continue;
            if (isView || Prints(text)) return name;
        }

        return null;
    }

    private static bool Prints(string command) =>
        !command.Contains('>', StringComparison.Ordinal)
        && command.Split([' ', '\n', ';', '|', '&'], 64, StringSplitOptions.RemoveEmptyEntries).Any(PrintingCommands.Contains);

    private static void Add(List<string> names, string? name)
    {
        if (name is null || !SkillListing.IsName(name) || names.Count >= MostNames || names.Contains(name)) return;
        names.Add(name);
    }

    private static string? Text(JsonObject arguments, string name) =>
        arguments[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
}
