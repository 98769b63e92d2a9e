using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Pipeline.Domain.Curation.Composing;

namespace Pipeline.Domain.Validation.Budget;

/// <summary>What an agent can choose a skill by: the words of its description that are about something.</summary>
public static partial class RoutingWords
{
    private const int LongestRead = 4096;

    // Said of every skill.
    private static readonly FrozenSet<string> s_generic = (
        "agent agents assistant skill skills tool tools helper helpers task tasks stuff various general generic useful helpful purpose purposes "
        + "advanced comprehensive powerful simple complex efficient effective best practices guide guidance guidelines workflow workflows improved "
        + "capability capabilities functionality feature features enables enable allows allow ensure ensures including includes include related "
        + "based common specific multiple different new your etc e.g i.e").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>In lower case, once each, in order; words that are said of everything are not among them.</summary>
    public static IReadOnlyList<string> Of(string description) =>
        [.. Word().Matches(Read(description).ToLowerInvariant()).Select(m => m.Value).Where(w => !TriggerMining.IsCommon(w) && !s_generic.Contains(w)).Distinct(StringComparer.Ordinal)];

    /// <summary>All words, those too that tell nothing.</summary>
    public static int CountOf(string description) => Word().Count(Read(description));

    /// <summary>Whether it says when to use the skill; only English is understood.</summary>
    public static bool SayWhen(string description) => When().IsMatch(Read(description));

    /// <summary>Twice the words of both, by the words of each (Dice), 0 to 1; 0 where neither has any.</summary>
    public static double Overlap(IReadOnlyList<string> one, IReadOnlyList<string> other)
    {
        var set = one.ToHashSet(StringComparer.Ordinal);
        return one.Count + other.Count == 0 ? 0 : 2.0 * other.Count(set.Contains) / (one.Count + other.Count);
    }

    private static string Read(string description) => description.Length <= LongestRead ? description : description[..LongestRead];

    // Scripts without spaces: a pair of letters is taken for a word.
    [GeneratedRegex(@"[\p{IsCJKUnifiedIdeographs}\p{IsHiragana}\p{IsKatakana}\p{IsHangulSyllables}]{2}|[\p{L}\p{N}]{2,}", RegexOptions.NonBacktracking)]
    private static partial Regex Word();

    [GeneratedRegex(@"\b(when|whenever|while|before|after|if|use (this|it|for|to|in|with)|used (for|to|by)|useful for|trigger(s|ed)?|invoke|apply|applies|asks?|mentions?|tasks? (that|which|like|such)|for (any|all|tasks|questions|requests))\b",
        RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex When();
}
