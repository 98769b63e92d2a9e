using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Pipeline.Domain.Trajectories.Episodes.Coding;

namespace Pipeline.Domain.Skills.Tiers;

/// <summary>What a package can make an agent reach and do: hosts, commands, scripts and the tools it asks permission for. Told from its bytes;
/// what cannot be told counts as something new.</summary>
/// <param name="Names">E.g. <c>host example.org</c>, <c>command git push</c>, <c>permission Bash</c>.</param>
public sealed partial record SkillPowers(ImmutableSortedSet<string> Names)
{
    private const int Most = 2000;
    private const int LongestName = 200;
    private const int LongestText = 1 << 20;

    public static SkillPowers None { get; } = new(ImmutableSortedSet.Create<string>(StringComparer.Ordinal));

    public static SkillPowers In(Package package)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in package.Files) AddFile(names, file);
        return new(names.Count <= Most
            ? names.ToImmutableSortedSet(StringComparer.Ordinal)
            : ImmutableSortedSet.Create(StringComparer.Ordinal, $"more than {Most} hosts, commands and scripts ({package.Digest})"));
    }

    public SkillPowers Beyond(SkillPowers others) => new(Names.Except(others.Names));

    public SkillPowers And(SkillPowers others) => new(Names.Union(others.Names));

    public SkillPowers Within(SkillPowers others) => new(Names.Intersect(others.Names));

    public bool Equals(SkillPowers? other) => other is not null && Names.SetEquals(other.Names);

    public override int GetHashCode() => Names.Count;

    private static void AddFile(HashSet<string> names, PackageFile file)
    {
        if (file.Content.Length > LongestText || file.Content.AsSpan().Contains((byte)0))
        {
            // No text that could be read for what it does: any change of it may be a new power.
            Add(names, "binary", $"{file.Path} {file.Sha256}");
            return;
        }
        var text = Encoding.UTF8.GetString(file.Content);
        foreach (Match host in Host().Matches(text)) Add(names, "host", HostOf(host.Groups["host"].Value));
        var isMarkdown = HasExtension(file.Path, ".md", ".markdown", ".txt", ".rst");
        var isShell = HasExtension(file.Path, ".sh", ".bash", ".zsh") || ShellLead().IsMatch(text);
        if (isMarkdown && file.Mode != PackageFile.Executable)
        {
            foreach (var (line, isQuoted) in ShellLines(text)) AddCommands(names, line, isQuoted);
            if (file.Path == Package.SkillFile) AddPermissions(names, text);
        }
        else if (isShell)
        {
            Add(names, "script", file.Path);
            AddCommands(names, text);
        }
        else if (!HasExtension(file.Path, ".json", ".yaml", ".yml", ".csv", ".toml", ".xml", ".html", ".css", ".svg") || file.Mode == PackageFile.Executable)
        {
            // A program whose commands nobody here reads: every change of it is a new one.
            Add(names, "script", $"{file.Path} {file.Sha256}");
        }
    }

    // In backticks stand names and values too: only a program that is known for one counts there.
    private static void AddCommands(HashSet<string> names, string shell, bool isQuoted = false)
    {
        foreach (var command in ShellLine.Parse(shell))
        {
            if (command.Words is ["sudo" or "doas", ..]) Add(names, "command", command.Words[0]);
            if (CommandHead.Of(command.Words) is { Name.Length: > 0 } head && (!isQuoted || CommandWords.IsKnown(head.Program))) Add(names, "command", head.Name);
        }
    }

    // Fenced blocks that are shell or say nothing of what they are, lines with a prompt, and what stands in backticks.
    private static IEnumerable<(string Line, bool IsQuoted)> ShellLines(string markdown)
    {
        var (fence, isShell) = ("", false);
        foreach (var line in markdown.Split('\n'))
        {
            var trimmed = line.Trim();
            if (fence.Length == 0 && (trimmed.StartsWith("```", StringComparison.Ordinal) || trimmed.StartsWith("~~~", StringComparison.Ordinal)))
            {
                fence = trimmed[..3];
                isShell = trimmed.TrimStart('`', '~').Trim().ToLowerInvariant() is "" or "sh" or "bash" or "shell" or "zsh" or "console" or "shell-session" or "terminal";
            }
            else if (fence.Length > 0 && trimmed.StartsWith(fence, StringComparison.Ordinal)) fence = "";
            else if (fence.Length > 0 && isShell) yield return (WithoutPrompt(trimmed), false);
            else if (fence.Length == 0)
            {
                if (trimmed.StartsWith("$ ", StringComparison.Ordinal)) yield return (trimmed[2..], false);
                foreach (Match code in Backticks().Matches(line))
                    yield return (WithoutPrompt(code.Groups["code"].Value.Trim()), true);
            }
        }
    }

    private static string WithoutPrompt(string line) => line.StartsWith("$ ", StringComparison.Ordinal) || line.StartsWith("> ", StringComparison.Ordinal) ? line[2..] : line;

    // As a list in brackets, in one line, or a line each: whatever stands under the key is a permission.
    private static void AddPermissions(HashSet<string> names, string skillText)
    {
        var lines = skillText.TrimStart('\uFEFF').Split('\n');
        if (lines[0].Trim() != "---") return;
        var isUnder = false;
        foreach (var line in lines.Skip(1).TakeWhile(l => l.Trim() != "---"))
        {
            var key = PermissionKey().Match(line);
            isUnder = key.Success || (isUnder && (line.Length == 0 || line[0] is ' ' or '\t' or '-' or '\r'));
            if (!isUnder) continue;
            foreach (Match word in Permission().Matches(key.Success ? line[key.Length..] : line))
                if (word.Value != "-") Add(names, "permission", word.Value);
        }
    }

    private static string HostOf(string authority)
    {
        var host = authority[(authority.LastIndexOf('@') + 1)..].TrimEnd('.', ',', ':', ';').ToLowerInvariant();
        return host.StartsWith("www.", StringComparison.Ordinal) ? host[4..] : host;
    }

    private static void Add(HashSet<string> names, string kind, string name)
    {
        if (name.Length > 0 && names.Count <= Most) names.Add($"{kind} {(name.Length <= LongestName ? name : $"{name[..(LongestName - 20)]}… {Ledger.Digest.Short(name, 12)}")}");
    }

    private static bool HasExtension(string path, params ReadOnlySpan<string> extensions)
    {
        foreach (var extension in extensions)
            if (path.EndsWith(extension, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    [GeneratedRegex("(?:[a-z][a-z0-9+.-]{1,20}://|\\bgit@)(?<host>[^\\s/\"'<>()\\[\\]{}`|\\\\?#]{1,255})", Linear)]
    private static partial Regex Host();

    [GeneratedRegex("\\A#![^\\n]{0,200}\\b(ba|z|da|k)?sh\\b", Linear)]
    private static partial Regex ShellLead();

    [GeneratedRegex("`(?<code>[^`\\n]{1,400})`", Linear)]
    private static partial Regex Backticks();

    [GeneratedRegex("\\A[\"']?allowed[-_]?tools[\"']?[ \\t]*:", Linear)]
    private static partial Regex PermissionKey();

    [GeneratedRegex("[^\\s,\\[\\]\"'(]+(\\([^)]*\\))?", Linear)]
    private static partial Regex Permission();
}
