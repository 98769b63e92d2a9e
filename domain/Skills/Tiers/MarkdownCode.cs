using System.Text;
using System.Text.RegularExpressions;

namespace Pipeline.Domain.Skills.Tiers;

/// <summary>A piece of code in a text. Without the prompts of a shell.</summary>
internal sealed record CodePiece(CodeKind Kind, string Text);

internal enum CodeKind
{
    Shell,

    /// <summary>A block that does not say what it is.</summary>
    Unlabelled,

    /// <summary>In backticks, within a line.</summary>
    Quoted,

    /// <summary>A block that is nothing to run.</summary>
    Data,

    /// <summary>A block in a language that nobody here reads.</summary>
    Other,
}

/// <summary>Finds the code in Markdown: fenced blocks as CommonMark has them (section 4.5), lines with a prompt, and what stands in backticks.</summary>
internal static partial class MarkdownCode
{
    public static IEnumerable<CodePiece> In(string markdown)
    {
        var (fence, kind, block) = ("", CodeKind.Data, new StringBuilder());
        foreach (var line in markdown.ReplaceLineEndings("\n").Split('\n'))
        {
            var opening = Fence().Match(line);
            if (fence.Length == 0 && opening.Success)
            {
                fence = opening.Groups["fence"].Value;
                kind = KindOf(opening.Groups["info"].Value);
            }
            else if (fence.Length > 0 && Closes(line, fence))
            {
                yield return new(kind, block.ToString());
                (fence, block) = ("", block.Clear());
            }
            else if (fence.Length > 0)
            {
                // A block within what is no block to everybody: who reads it otherwise sees what is in it.
                if (opening.Success && kind == CodeKind.Data) kind = CodeKind.Other;
                block.Append(WithoutPrompt(line.Trim())).Append('\n');
            }
            else
            {
                if (line.Trim() is ['$', ' ', ..] prompted) yield return new(CodeKind.Shell, prompted[2..]);
                foreach (Match code in Backticks().Matches(line)) yield return new(CodeKind.Quoted, WithoutPrompt(code.Groups["code"].Value.Trim()));
            }
        }
        if (fence.Length > 0) yield return new(kind, block.ToString());
    }

    private static CodeKind KindOf(string info) => Language().Match(info).Groups["name"].Value.ToLowerInvariant() switch
    {
        "" when info.Trim().Length == 0 => CodeKind.Unlabelled,
        "sh" or "bash" or "shell" or "zsh" or "ksh" or "dash" or "console" or "shell-session" or "shellsession" or "sh-session" or "terminal" => CodeKind.Shell,
        "json" or "jsonc" or "json5" or "jsonl" or "yaml" or "yml" or "toml" or "xml" or "csv" or "tsv" or "ini" or "text" or "txt" or "plaintext" or "plain" or "none"
            or "md" or "markdown" or "diff" or "log" or "output" or "mermaid" => CodeKind.Data,
        _ => CodeKind.Other,
    };

    private static bool Closes(string line, string fence)
    {
        var end = line.AsSpan().TrimStart(" \t>").TrimEnd();
        return end.Length >= fence.Length && end.TrimStart(fence[0]).IsEmpty;
    }

    private static string WithoutPrompt(string line) => line is ['$' or '>', ' ', ..] ? line[2..] : line;

    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant;

    // After marks of quotations and lists; the info behind backticks has none itself.
    [GeneratedRegex("\\A(?:[ \\t>]|[-*+][ \\t]|[0-9]{1,9}[.)][ \\t])*(?<fence>`{3,}|~{3,})(?<info>[^`]*)\\z", Linear)]
    private static partial Regex Fence();

    [GeneratedRegex("\\A[ \\t]*(?:\\{[ \\t]*)?\\.?(?<name>[^\\s{},:;]*)", Linear)]
    private static partial Regex Language();

    [GeneratedRegex("`(?<code>[^`\\n]{1,400})`", Linear)]
    private static partial Regex Backticks();
}
