using System.Text.RegularExpressions;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Composing.Coding;

/// <summary>The job in the words in which several tasks ask for it: "fix the failing unit test in the parser library". Where a run does not
/// show the request, what the agent says the user wants stands in for it. Nothing that one task alone says gets into it.</summary>
internal static partial class GoalMining
{
    private const int ClausesOfABeginning = 3;
    private const int TasksOfAnOpenValue = 3;
    private const int MostTexts = 12;
    private const int MostSentences = 40;
    private const int LongestText = 8000;
    private const int MostWords = 16;
    private const int FewestContentWords = 2;
    private const int MostNameWords = 6;
    private const int LongestNameWord = 20;

    /// <returns>In lower case at its beginning; empty where the tasks have no request in common.</returns>
    public static string Mine(IReadOnlyList<MinedEpisode> successes)
    {
        // What comes first in a request is what it is about; what comes later are often rules for how to go about it.
        var asked = successes.Select(e => (Clauses: Asked(e.Episode), e.Task)).ToList();
        foreach (var first in (ReadOnlySpan<int>)[1, ClausesOfABeginning])
            if (Common([.. asked.SelectMany(a => a.Clauses.Take(first).Select(c => (c, a.Task)))], successes) is { Length: > 0 } goal) return goal;
        if (Common([.. successes.SelectMany(e => Told(e.Episode, Restated()).Select(c => (c, e.Task)))], successes) is { Length: > 0 } restated) return restated;
        // What the agent says that it needs to do is the job only where something comes of it.
        return Common([.. successes.SelectMany(e => Told(e.Episode, Needed()).Where(c => !Verbs.IsLooking(Phrase.Key(c[0]))).Select(c => (c, e.Task)))], successes);
    }

    private static string Common(IReadOnlyList<(IReadOnlyList<string> Words, string Task)> clauses, IReadOnlyList<MinedEpisode> successes)
    {
        var tasks = Shared.Tasks(successes);
        var least = Shared.Least(tasks);
        // Names and numbers may be somebody's: they take more tasks, as in notes.
        var open = Math.Max(least, Math.Min(TasksOfAnOpenValue, tasks));
        var words = Shared.Counts(clauses.SelectMany(c => c.Words.Select(w => (Phrase.Key(w), c.Task))), least);
        var verbs = Shared.Counts(clauses.Select(c => (Phrase.Key(c.Words[0]), c.Task)), least);
        return clauses.Where(c => verbs.ContainsKey(Phrase.Key(c.Words[0])))
            .Select(c => Kept(c.Words, (w, i) => words.GetValueOrDefault(Phrase.Key(w)) >= (w.Any(char.IsAsciiDigit) || (i > 0 && w.Any(char.IsUpper)) ? open : least)))
            .Where(k => k.Count(IsContent) >= FewestContentWords)
            .Select(k => (Text: Phrase.Finished(k), Worth: k.Where(IsContent).Select(Phrase.Key).Distinct(StringComparer.Ordinal).Sum(w => words[w])))
            .Where(g => g.Text.Length > 0)
            .OrderByDescending(g => g.Worth).ThenBy(g => g.Text.Length).ThenBy(g => g.Text, StringComparer.Ordinal)
            .Select(g => char.ToLowerInvariant(g.Text[0]) + g.Text[1..]).FirstOrDefault() ?? "";
    }

    /// <summary>A goal as a part of a skill's name: its verb and what it is about.</summary>
    public static string NameOf(string goal)
    {
        var words = goal.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return string.Join(' ', words.Where((w, i) => i == 0 || IsContent(w)).SelectMany(Names.Words).Where(w => w.Length is > 1 and <= LongestNameWord).Take(MostNameWords));
    }

    // Words that several tasks have; after a gap only what begins as a part of its own does.
    private static List<string> Kept(IReadOnlyList<string> words, Func<string, int, bool> isShared)
    {
        var (kept, isGap) = (new List<string>(), false);
        for (var i = 0; i < words.Count && kept.Count < MostWords; i++)
        {
            var word = words[i];
            var shared = isShared(word, i);
            if (kept.Count == 0 && !shared) return kept;
            if (!shared)
            {
                // Before a noun that is one task's own, its article goes too.
                while (kept.Count > 1 && Phrase.IsDangling(kept[^1])) kept.RemoveAt(kept.Count - 1);
                isGap = true;
            }
            else if (!isGap || Phrase.Continues(word) || (IsContent(word) && kept.Count > 0 && !Phrase.IsDangling(kept[^1]) && kept.Count < 3))
            {
                kept.Add(word);
                isGap = false;
            }
        }
        return kept;
    }

    private static List<IReadOnlyList<string>> Asked(Episode episode) => [.. episode.Said.SelectMany(Sentences).Take(MostSentences).Select(s => Ordered(Polite().Replace(s, ""))).OfType<IReadOnlyList<string>>()];

    private static IEnumerable<IReadOnlyList<string>> Told(Episode episode, Regex opening) => episode.Coding!.Narration.Take(MostTexts).SelectMany(n => Sentences(n.Text))
        .Where(s => opening.IsMatch(s)).Take(MostSentences).Select(s => Ordered(opening.Replace(s, ""))).OfType<IReadOnlyList<string>>();

    private static List<string> Sentences(string text) => NarrationMining.Sentences(text.Length <= LongestText ? text : text[..LongestText]);

    private static List<string>? Ordered(string sentence)
    {
        var words = Clause().Split(sentence)[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).ToList();
        if (words.Count < 2) return null;
        var first = Phrase.Key(words[0]);
        if (Verbs.OfProgressive(first) is { } verb) words[0] = verb;
        else if (!Verbs.IsBase(first)) return null;
        var order = words.TakeWhile(w => !Phrase.IsPerson(w)).ToList();
        return order.Count > 1 ? order : null;
    }

    private static bool IsContent(string word) => Phrase.Key(word) is { Length: > 2 } key && key.Any(char.IsLetter) && !Phrase.IsDangling(word) && !TriggerMining.IsCommon(key);

    [GeneratedRegex(@"^((please|hi|hello|hey|ok|okay|so|now|then|also|and|first|finally)[,!]?\s+|((can|could|would|will) you( please)?|i('d| would) like you to|i (want|need) you to|i (want|need|have|would like|'d like) to|help me( to)?|let's|let us|we (need|have|want) to|you (must|should|need to|have to|will|are to|are asked to)|your (task|job|goal) is to|the (task|job|goal) is to|you're going to|you are going to|we're( currently)?|we are( currently)?|i'm|i am)\s+)*",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Polite();

    [GeneratedRegex(@"^.{0,40}\b(the user|user|they|task|goal|job|request)('s)? (wants?|wanted|asks?|asked|is asking|was asking|would like|needs?|is|requested|'m asked|am asked|are asked|have been asked|has asked)( for)?( me| us)? to ",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Restated();

    [GeneratedRegex("^.{0,20}\\b(we|i) (need|have|am asked|are asked) to ", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Needed();

    [GeneratedRegex(@"[,;]\s|\s(and then|so that|such that|because|where|which)\s", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Clause();
}
