using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Pipeline.Domain.Trajectories.Adapters.CodingAgents;

/// <summary>An action of SWE-agent's shell as a call: the interface's own commands by their signatures, anything else as a command of the shell.</summary>
internal sealed record SweAgentCommand(string Tool, JsonObject Arguments)
{
    public const string Shell = "bash";

    // The commands that the interface adds to the shell, with the names of their arguments as its documentation has them.
    private static readonly Dictionary<string, string[]> Signatures = new(StringComparer.Ordinal)
    {
        ["open"] = ["path", "line_number"],
        ["goto"] = ["line_number"],
        ["scroll_up"] = [],
        ["scroll_down"] = [],
        ["create"] = ["filename"],
        ["search_dir"] = ["search_term", "dir"],
        ["search_file"] = ["search_term", "file"],
        ["find_file"] = ["file_name", "dir"],
        ["submit"] = ["submission"],
        ["exit_forfeit"] = [],
    };

    public static SweAgentCommand Read(string action)
    {
        var text = action.Trim();
        var end = text.AsSpan().IndexOfAny(" \t\r\n");
        var head = end < 0 ? text : text[..end];
        if (head == "edit") return Edit(text) ?? InShell(text);
        if (head == "str_replace_editor" || head == "insert" || !Signatures.TryGetValue(head, out var names) || text.Contains('\n', StringComparison.Ordinal)) return InShell(text);
        // A shell's own operators make it a command line and no single command.
        var words = Words(end < 0 ? "" : text[end..]);
        if (words.Count > names.Length && head != "submit") return InShell(text);
        var arguments = new JsonObject();
        for (var i = 0; i < Math.Min(words.Count, names.Length); i++) arguments[names[i]] = words[i];
        return new(head, arguments);
    }

    /// <summary>An edit is of the file that is open: its name belongs to the call.</summary>
    public static JsonObject WithFile(string? tool, JsonObject arguments, string? openFile)
    {
        if (tool is "edit" or "insert" && openFile is not (null or "n/a") && !arguments.ContainsKey("path") && !arguments.ContainsKey("filename")) arguments["path"] = openFile;
        return arguments;
    }

    private static SweAgentCommand InShell(string text) => new(Shell, new JsonObject { ["command"] = text });

    // edit 4:7, the lines that replace them, end_of_edit.
    private static SweAgentCommand? Edit(string text)
    {
        var line = text.IndexOf('\n', StringComparison.Ordinal);
        var range = (line < 0 ? text : text[..line])["edit".Length..].Trim().Split(':');
        if (range.Length != 2 || !Line(range[0], out var first) || !Line(range[1], out var last)) return null;
        var body = line < 0 ? "" : text[(line + 1)..];
        if (body.EndsWith("end_of_edit", StringComparison.Ordinal)) body = body[..^"end_of_edit".Length].TrimEnd('\n', '\r');
        return new("edit", new JsonObject { ["start_line"] = first, ["end_line"] = last, ["replacement_text"] = body });
    }

    private static bool Line(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static List<string> Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (quote, isOpen) = ('\0', false);
        foreach (var c in text)
        {
            if (quote != '\0')
            {
                if (c == quote) quote = '\0';
                else word.Append(c);
            }
            else if (c is '"' or '\'')
            {
                (quote, isOpen) = (c, true);
            }
            else if (char.IsWhiteSpace(c))
            {
                if (isOpen) words.Add(word.ToString());
                word.Clear();
                isOpen = false;
            }
            else
            {
                word.Append(c);
                isOpen = true;
            }
        }

        if (isOpen) words.Add(word.ToString());
        return words;
    }
}
