using System.Text.RegularExpressions;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.LanguageModel;

/// <summary>Whether a section as a model writes it may stand in place of the draft's.</summary>
public static partial class SectionRules
{
    private const int LongestText = 4000;
    private const int MostLines = 60;
    private const int LongestLine = 700;
    private const double LeastKept = 0.75;

    /// <summary>The text as it may stand, or what is wrong with it.</summary>
    /// <param name="draft">The section that it is to stand in place of; null where the draft has none.</param>
    public static (string? Text, string Problem) Read(SectionPatch patch, SkillSection? draft, Vocabulary vocabulary)
    {
        var text = patch.Text.ReplaceLineEndings("\n").Trim('\n', ' ');
        if (text.Length is 0 or > LongestText) return (null, $"has {text.Length} characters, and may have 1 to {LongestText}");
        var lines = text.Split('\n').Select(l => l.TrimEnd()).ToList();
        if (lines.Count > MostLines) return (null, $"has more than {MostLines} lines");
        foreach (var line in lines)
            if (Problem(line, vocabulary) is { } problem) return (null, problem);
        if (draft is not null && Lost(text, draft, vocabulary) is { } lost) return (null, lost);
        return (string.Join('\n', lines), "");
    }

    /// <summary>What is wrong with one line of text; null when nothing is.</summary>
    public static string? Problem(string line, Vocabulary vocabulary)
    {
        if (line.Length > LongestLine) return $"has a line of more than {LongestLine} characters";
        if (!line.EnumerateRunes().All(Visible.Is)) return "has characters that cannot be seen";
        if (Structure().IsMatch(line)) return "has a heading, a fence or a rule of its own";
        if (Vocabulary.Spans(line) is not { } spans) return "has a code span that does not end";
        if (spans.FirstOrDefault(s => !vocabulary.Names.Contains(s)) is { } unknown) return $"names what no successful run had: {Prose.Code(unknown)}";
        return ProseRules.Problem(line, vocabulary);
    }

    // What the miner found stays, whatever it is called now: each tool, most of the rest, and that the user is asked.
    private static string? Lost(string text, SkillSection draft, Vocabulary vocabulary)
    {
        var (before, now) = (Vocabulary.SpansOf(draft.Text), Vocabulary.SpansOf(text));
        if (before.FirstOrDefault(s => vocabulary.Tools.Contains(s) && !now.Contains(s)) is { } tool) return $"leaves out {tool}";
        if (before.Count(now.Contains) < LeastKept * before.Count) return "leaves out too much of what the draft says";
        return Consent().IsMatch(draft.Text) && !Consent().IsMatch(text) ? "leaves out that the user has to agree" : null;
    }

    [GeneratedRegex(@"^ {0,3}(?:#|```|~~~|>|<)|^ {8}|^[ ]*(?:-[- ]*|=[= ]*|\*[* ]*|_[_ ]*)$", RegexOptions.NonBacktracking)]
    private static partial Regex Structure();

    [GeneratedRegex(@"\b(?:clear yes|agrees?|agreed|confirms?|confirmed|confirmation|approves?|approved|approval|consents?)\b", RegexOptions.NonBacktracking | RegexOptions.IgnoreCase)]
    private static partial Regex Consent();
}
