using System.Text.RegularExpressions;
using Pipeline.Domain.Trajectories.Episodes.Coding;

namespace Pipeline.Domain.Curation.Composing.Coding;

/// <summary>Finds what agents of several tasks say in the same words about what to do and how things are. Of a sentence only the runs of words
/// are kept that several tasks have, so no page that one agent read can put a sentence here; and only orders and facts (<see cref="Phrase"/>),
/// so that what an agent says of itself is left out.</summary>
internal static partial class NarrationMining
{
    private const int MostSentencesOfARun = 300;
    private const int MostSentences = 6000;
    private const int MostCandidates = 400;
    private const int MostNotes = 80;
    private const int Gram = 2;
    private const int ShortestSentence = 20;
    private const int LongestSentence = 240;
    private const int FewestContentWords = 3;
    private const int FewestContentWordsOfAFact = 4;
    private const int WordsToAJoint = 3;
    private const int WordsBehindAVerb = 5;
    private const int TasksOfAnOpenValue = 3;
    private const double LeastNew = 0.25;
    private const double AsGoodAsSaid = 0.85;
    private const double LeastAlike = 0.6;

    /// <summary>In the order in which they are usually said.</summary>
    public static IReadOnlyList<Note> Mine(IReadOnlyList<MinedEpisode> successes)
    {
        var tasks = Shared.Tasks(successes);
        var sentences = successes.SelectMany(e => SentencesOf(e, Math.Min(MostSentencesOfARun, MostSentences / successes.Count))).ToList();
        var least = Shared.Least(tasks);
        var open = Math.Max(least, Math.Min(TasksOfAnOpenValue, tasks));
        var words = Shared.Counts(sentences.SelectMany(s => s.Tokens.Select(t => (t.Key, s.Task))), least);
        var grams = Shared.Counts(sentences.SelectMany(s => s.Grams.Select(g => (g, s.Task))), least);
        var candidates = sentences.Select(s => Kept(s, grams, t => words.GetValueOrDefault(t.Key) >= (t.IsPlain ? least : open) && !t.IsNumber)).OfType<Candidate>()
            .OrderByDescending(n => n.Worth([], grams)).ThenBy(n => n.Text, StringComparer.Ordinal).ThenBy(n => n.Place).DistinctBy(n => n.Text, StringComparer.OrdinalIgnoreCase).Take(MostCandidates).ToList();

        // One after the other the note that says the most that no other has said.
        var (chosen, told) = (new List<Candidate>(), new HashSet<string>(StringComparer.Ordinal));
        while (chosen.Count < MostNotes && candidates.Count > 0)
        {
            var best = candidates.MaxBy(n => (n.Worth(told, grams), -n.Text.Length))!;
            candidates.Remove(best);
            var isNew = best.Worth(told, grams) >= LeastNew * best.Worth([], grams) && !chosen.Exists(c => best.Content.Count(c.Content.Contains) >= AsGoodAsSaid * best.Content.Count);
            told.UnionWith(best.Grams);
            if (isNew) chosen.Add(best);
        }
        var announced = sentences.Where(s => s.IsLast).ToList();
        return [.. chosen.OrderBy(n => n.Place).ThenBy(n => n.Text, StringComparer.Ordinal).Select(n => new Note(
            n.Text, n.IsOrder, n.Worth([], grams), [.. announced.Where(s => s.Grams.Count(n.Grams.Contains) >= LeastAlike * n.Grams.Count).Select(s => (s.Of, s.Step))]))];
    }

    // Null where too little is shared. What does not follow from what several tasks said is cut off: a note has no gaps.
    private static Candidate? Kept(Sentence sentence, IReadOnlyDictionary<string, int> grams, Func<Token, bool> isShown)
    {
        if (sentence.Said is not { } said) return null;
        var tokens = sentence.Told;
        var (end, joints) = (0, 0);
        for (; end < tokens.Count && isShown(tokens[end]); end++)
            if (end > 0 && !grams.ContainsKey(GramAt(tokens, end - 1)) && ++joints * WordsToAJoint > end) break;
        // A fact that was cut says something only if enough is left behind its verb.
        if (!said.IsOrder && end < tokens.Count && !tokens.Take(Math.Max(0, end - WordsBehindAVerb)).Any(t => Phrase.IsFinite(t.Text))) return null;
        var kept = Whole(tokens, end);
        if (kept.Count < said.FewestWords) return null;
        if (kept.Where(t => t.IsContent).DistinctBy(t => t.Key).Count() < (said.IsOrder ? FewestContentWords : FewestContentWordsOfAFact)) return null;
        var own = Enumerable.Range(0, Math.Max(0, end - Gram + 1)).Select(i => GramAt(tokens, i)).Where(grams.ContainsKey).ToHashSet(StringComparer.Ordinal);
        return own.Count > 0 && Phrase.Finished(kept.Select(t => t.Text)) is { Length: >= ShortestSentence } text ? new(text, said.IsOrder, own, [.. kept.Where(t => t.IsContent).Select(t => t.Key)], sentence.Place) : null;
    }

    // Before a gap a part may lack what it is about: "with the needed" packages. Then it goes too, back to the word that begins it.
    private static List<Token> Whole(List<Token> tokens, int end)
    {
        var isWhole = end == tokens.Count || end == 0 || ",.;:)".Contains(tokens[end - 1].Text[^1], StringComparison.Ordinal) || Phrase.Continues(tokens[end].Text) || Phrase.EndsAPart(tokens[end].Text);
        if (isWhole) return tokens[..end];
        var last = tokens.FindLastIndex(end - 1, t => Phrase.IsDangling(t.Text));
        return tokens[..Math.Max(0, last)];
    }

    private static IEnumerable<Sentence> SentencesOf(MinedEpisode episode, int most)
    {
        var coding = episode.Episode.Coding!;
        var all = coding.Narration.Select(n => (n.Step, n.Text, IsSpoken: true)).Concat(coding.Acts.SelectMany(a => Remarks(a.Code).Select(r => (a.Step, r, false))))
            .SelectMany(n => Sentences(n.Item2) is var s ? s.Select((text, i) => (Text: text, n.Step, IsLast: n.Item3 && i == s.Count - 1)) : [])
            .DistinctBy(s => s.Text, StringComparer.Ordinal).Take(most).ToList();
        return all.Select((s, i) => new Sentence(s.Text, episode.Task, episode.Id, s.Step, s.IsLast, (double)i / all.Count));
    }

    /// <summary>A text's sentences without mark-up, those of a usual length.</summary>
    public static List<string> Sentences(string text) => [.. Ends().Split(text).Select(s => Marks().Replace(s, " ").Trim()).Where(s => s.Length is >= ShortestSentence and <= LongestSentence)];

    // What a programmer wrote beside the code.
    private static IEnumerable<string> Remarks(string code) =>
        code.Length == 0 ? [] : code.Split('\n').Select(l => l.Trim()).Where(l => l.StartsWith("# ", StringComparison.Ordinal) || l.StartsWith("// ", StringComparison.Ordinal)).Take(MostSentencesOfARun);

    private static IEnumerable<string> GramsOf(List<Token> tokens) => Enumerable.Range(0, Math.Max(0, tokens.Count - Gram + 1)).Select(i => GramAt(tokens, i));

    private static string GramAt(IReadOnlyList<Token> tokens, int at) => string.Join(' ', tokens.Skip(at).Take(Gram).Select(t => t.Key));

    [GeneratedRegex(@"[\r\n]+|[.!?:;]\s+|\s[–—-]+\s", RegexOptions.NonBacktracking)]
    private static partial Regex Ends();

    [GeneratedRegex(@"[*`|#>\s]+|^\s*[-\d.)]+\s+|\[[ x]\]", RegexOptions.NonBacktracking)]
    private static partial Regex Marks();

    /// <param name="Worth">How much of it how many tasks say.</param>
    /// <param name="Announced">Where runs said it last before they went to work: episode and step.</param>
    internal sealed record Note(string Text, bool IsOrder, int Worth, IReadOnlyList<(string Episode, int Step)> Announced);

    private sealed record Sentence(string Text, string Task, string Of, int Step, bool IsLast, double Place)
    {
        public Phrase.Said? Said { get; } = Phrase.Of(Text);

        /// <summary>As it would stand in a skill; empty where it would not.</summary>
        public List<Token> Told => field ??= [.. (Said?.Words ?? []).Select(w => new Token(w))];

        /// <summary>As it was said, and as it would stand: "I'm weighing it" also says "weigh it".</summary>
        public IEnumerable<Token> Tokens => Words.Concat(Told);
        public HashSet<string> Grams => field ??= [.. GramsOf(Words), .. GramsOf(Told)];
        private List<Token> Words => field ??= [.. Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(t => new Token(t))];
    }

    private sealed record Token(string Text)
    {
        public string Key { get; } = Phrase.Key(Text);

        /// <summary>Neither capitalised nor with digits: what is may be somebody's, and takes more tasks to be the job's.</summary>
        public bool IsPlain => !Text.Any(c => char.IsAsciiDigit(c) || char.IsUpper(c));

        /// <summary>Long numbers are ids, telephones, postcodes: never the job's.</summary>
        public bool IsNumber => Text.Count(char.IsAsciiDigit) >= 4 && !Text.Any(char.IsLetter);

        public bool IsContent => Key.Length > 3 && !TriggerMining.IsCommon(Key);
    }

    private sealed record Candidate(string Text, bool IsOrder, HashSet<string> Grams, HashSet<string> Content, double Place)
    {
        /// <summary>What it says that has not been told yet, by how many tasks say it.</summary>
        public int Worth(HashSet<string> told, IReadOnlyDictionary<string, int> counts) => Grams.Where(g => !told.Contains(g)).Sum(g => counts[g]);
    }
}
