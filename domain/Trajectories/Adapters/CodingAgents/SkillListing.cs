using System.Buffers;

namespace Pipeline.Domain.Trajectories.Adapters.CodingAgents;

/// <summary>How harnesses put skills into a prompt: a list of those that can be used, and the text of one that is loaded.</summary>
internal static class SkillListing
{
    private const int LongestName = 64;
    private const string Injected = "Base directory for this skill:";
    private const string SkillFile = "SKILL.md";
    private const string Opening = "<available_skills>";
    private const string Closing = "</available_skills>";

    private static readonly string[] Headings = ["skills are available for use with the Skill tool", "### Available skills"];

    private static readonly SearchValues<char> BeforeFolder = SearchValues.Create("/\\ \"'=");

    /// <summary>The listed names: bullets below a heading (Claude Code, Codex), or names in <c>available_skills</c> (OpenHands, Gemini CLI).</summary>
    public static IEnumerable<string> NamesIn(string text)
    {
        foreach (var heading in Headings)
        {
            var at = text.IndexOf(heading, StringComparison.Ordinal);
            if (at < 0) continue;
            foreach (var name in Bullets(text, at + heading.Length)) yield return name;
        }

        var open = text.IndexOf(Opening, StringComparison.Ordinal);
        if (open < 0) yield break;
        var close = text.IndexOf(Closing, open, StringComparison.Ordinal);
        foreach (var name in Tagged(text, open, close < 0 ? text.Length : close)) yield return name;
    }

    /// <summary>The bullets of a list that stands by itself.</summary>
    public static IEnumerable<string> Bullets(string text, int from = 0)
    {
        var line = text.IndexOf('\n', from) is var first && from > 0 ? first + 1 : from;
        while (line < text.Length && (line > 0 || from == 0))
        {
            var end = text.IndexOf('\n', line);
            if (end < 0) end = text.Length;
            var bullet = text.AsSpan(line, end - line).TrimStart();
            if (bullet.StartsWith("#") || bullet.StartsWith("<")) yield break;
            if (bullet.StartsWith("- ") && bullet.IndexOf(':') is > 2 and var colon && NameBefore(bullet[2..]) is { } name) yield return name;
            line = end + 1;
        }
    }

    /// <summary>The skill whose text the harness put into the conversation.</summary>
    public static string? LoadedIn(string text)
    {
        if (!text.StartsWith(Injected, StringComparison.Ordinal)) return null;
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        var folder = text.AsSpan(Injected.Length, (end < 0 ? text.Length : end) - Injected.Length).Trim().TrimEnd("/\\");
        var name = folder[(folder.LastIndexOfAny('/', '\\') + 1)..];
        return IsName(name) ? name.ToString() : null;
    }

    public static bool IsInjected(string text) => text.StartsWith(Injected, StringComparison.Ordinal);

    /// <summary>The folder of the first SKILL.md that a path or a command names.</summary>
    public static string? FolderOfSkillFile(string text)
    {
        var at = text.IndexOf(SkillFile, StringComparison.Ordinal);
        if (at < 2 || text[at - 1] is not ('/' or '\\')) return null;
        var path = text.AsSpan(0, at - 1);
        var name = path[(path.LastIndexOfAny(BeforeFolder) + 1)..];
        return IsName(name) ? name.ToString() : null;
    }

    /// <summary>A skill's name, with the plugin's before a colon where it comes from one.</summary>
    public static bool IsName(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > LongestName || !char.IsAsciiLetterOrDigit(name[0])) return false;
        foreach (var c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.' or ':')) return false;
        return true;
    }

    private static IEnumerable<string> Tagged(string text, int from, int to)
    {
        const string Tag = "<name>";
        for (var at = text.IndexOf(Tag, from, to - from, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Tag, at, to - at, StringComparison.Ordinal))
        {
            at += Tag.Length;
            var end = text.IndexOf('<', at, to - at);
            if (end < 0) yield break;
            if (IsName(text.AsSpan(at, end - at).Trim())) yield return text[at..end].Trim();
            at = end;
        }
    }

    // A plugin's skill has a colon in its name: the one that ends it is followed by a blank.
    private static string? NameBefore(ReadOnlySpan<char> text)
    {
        var end = text.IndexOf(": ");
        if (end < 0) end = text.TrimEnd().Length - 1;
        return end > 0 && end < text.Length && text[end] == ':' && IsName(text[..end]) ? text[..end].ToString() : null;
    }
}
