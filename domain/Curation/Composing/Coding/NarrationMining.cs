using System.Text.RegularExpressions;
using Pipeline.Domain.Trajectories.Episodes.Coding;

namespace Pipeline.Domain.Curation.Composing.Coding;

/// <summary>Finds what agents of several tasks say in the same words about what they do and why. A note is a sentence of which only the runs
/// of words are kept that several tasks have; the rest becomes <c>…</c>. So no page that one agent read can put a sentence here.</summary>
internal static partial class NarrationMining
{
    private const int MostSentencesOfARun = 300;
    private const int MostSentences = 6000;
    private const int MostNotes = 24;
    private const int Gram = 3;
    private const int ShortestSentence = 24;
    private const int LongestSentence = 240;
    private const int FewestContentWords = 4;
    private const int TasksOfAnOpenValue = 3;
    private const double LeastNew = 0.6;
    private const double MostHoles = 0.4;
    private const string Different = "…";

    public static IReadOnlyList<string> Mine(IReadOnlyList<MinedEpisode> successes)
    {
        var tasks = Shared.Tasks(successes);
        var sentences = successes.SelectMany(e => SentencesOf(e, Math.Min(MostSentencesOfARun, MostSentences / successes.Count))).ToList();
        var least = Shared.Least(tasks);
        var open = Math.Max(least, Math.Min(TasksOfAnOpenValue, tasks));
        var words = Shared.Counts(sentences.SelectMany(s => s.Tokens.Select(t => (t.Key, s.Task))), least);
        var grams = Shared.Counts(sentences.SelectMany(s => Grams(s).Select(g => (g, s.Task))), least);
        var notes = sentences.Select(s => Kept(s, grams, t => words.GetValueOrDefault(t.Key) >= (t.IsPlain ? least : open) && !t.IsNumber)).OfType<Note>().ToList();

        // One after the other the note that says the most that no other has said.
        var (chosen, told) = (new List<Note>(), new HashSet<string>(StringComparer.Ordinal));
        var candidates = notes.OrderByDescending(n => n.Worth(told, grams)).ThenBy(n => n.Text, StringComparer.Ordinal).ThenBy(n => n.Place).DistinctBy(n => n.Text, StringComparer.OrdinalIgnoreCase).Take(400).ToList();
        while (chosen.Count < MostNotes && candidates.Count > 0)
        {
            var best = candidates.MaxBy(n => (n.Worth(told, grams), -n.Text.Length))!;
            candidates.Remove(best);
            var isNew = best.Worth(told, grams) >= LeastNew * best.Worth([], grams);
            told.UnionWith(best.Grams);
            if (isNew) chosen.Add(best);
        }
        return [.. chosen.OrderBy(n => n.Place).ThenBy(n => n.Text, StringComparer.Ordinal).Select(n => n.Text)];
    }

    private static IEnumerable<string> Grams(Sentence sentence)
    {
        for (var i = 0; i + Gram <= sentence.Tokens.Count; i++) yield return GramAt(sentence, i);
    }

    private static string GramAt(Sentence sentence, int at) => string.Join(' ', sentence.Tokens.Skip(at).Take(Gram).Select(t => t.Key));

    // Null where too little is shared.
    private static Note? Kept(Sentence sentence, IReadOnlyDictionary<string, int> grams, Func<Token, bool> isShown)
    {
        var isKept = new bool[sentence.Tokens.Count];
        var own = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i + Gram <= isKept.Length; i++)
        {
            if (GramAt(sentence, i) is not { } gram || !grams.ContainsKey(gram)) continue;
            own.Add(gram);
            isKept.AsSpan(i, Gram).Fill(true);
        }
        var kept = new List<string>();
        var content = new HashSet<string>(StringComparer.Ordinal);
        var holes = 0;
        for (var i = 0; i < isKept.Length; i++)
        {
            var token = sentence.Tokens[i];
            var shows = isKept[i] && isShown(token);
            if (!shows) holes++;
            else if (token.IsContent) content.Add(token.Key);
            if (shows || kept.Count == 0 || kept[^1] != Different) kept.Add(shows ? token.Text : Different);
        }
        if (holes > MostHoles * isKept.Length || content.Count < FewestContentWords) return null;
        return Imperative(string.Join(' ', kept)) is { Length: > 0 } text ? new(text, own, sentence.Place) : null;
    }

    private static IEnumerable<Sentence> SentencesOf(MinedEpisode episode, int most)
    {
        var coding = episode.Episode.Coding!;
        var all = coding.Narration.Concat(coding.Acts.SelectMany(a => Remarks(a.Code))).SelectMany(n => Ends().Split(n)).Select(s => Marks().Replace(s, " ").Trim())
            .Where(s => s.Length is >= ShortestSentence and <= LongestSentence).Distinct(StringComparer.Ordinal).Take(most).ToList();
        return all.Select((text, i) => new Sentence([.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(t => new Token(t))], episode.Task, (double)i / all.Count));
    }

    // What a programmer wrote beside the code.
    private static IEnumerable<string> Remarks(string code) =>
        code.Length == 0 ? [] : code.Split('\n').Select(l => l.Trim()).Where(l => l.StartsWith("# ", StringComparison.Ordinal) || l.StartsWith("// ", StringComparison.Ordinal)).Take(MostSentencesOfARun);

    // "Now let me check the cache" says: check the cache.
    private static string Imperative(string sentence)
    {
        var text = Opening().Replace(sentence, "").Trim(' ', '.', ':', ',', ';', '-', '…');
        return text.Length == 0 ? "" : char.ToUpperInvariant(text[0]) + text[1..];
    }

    [GeneratedRegex(@"[\r\n]+|[.!?:]\s+", RegexOptions.NonBacktracking)]
    private static partial Regex Ends();

    [GeneratedRegex(@"[*`|#>\s]+|^\s*[-\d.)]+\s+|\[[ x]\]", RegexOptions.NonBacktracking)]
    private static partial Regex Marks();

    [GeneratedRegex(@"^((now|next|first|then|great|good|perfect|excellent|ok|okay|so|and|finally|also|all right)[,!]?\s+)*((the user (wants|asked|is asking|would like|needs) (me )?to|let me|let's|i'll|i will|i need to|i should|i can|i want to|i'm going to|we need to|we should)\s+)?((now|also|first|then)\s+)?",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Opening();

    private sealed record Sentence(IReadOnlyList<Token> Tokens, string Task, double Place);

    private sealed record Token(string Text)
    {
        public string Key { get; } = Text.Trim('.', ',', ':', ';', '(', ')', '\'', '"', '!', '?', '*').ToLowerInvariant();

        /// <summary>Neither capitalised nor with digits: what is may be somebody's, and takes more tasks to be the job's.</summary>
        public bool IsPlain => !Text.Any(c => char.IsAsciiDigit(c) || char.IsUpper(c));

        /// <summary>Long numbers are ids, telephones, postcodes: never the job's.</summary>
        public bool IsNumber => Text.Count(char.IsAsciiDigit) >= 4 && !Text.Any(char.IsLetter);

        public bool IsContent => Key.Length > 3 && !TriggerMining.IsCommon(Key);
    }

    private sealed record Note(string Text, HashSet<string> Grams, double Place)
    {
        /// <summary>What it says that has not been told yet, by how many tasks say it.</summary>
        public int Worth(HashSet<string> told, IReadOnlyDictionary<string, int> counts) => Grams.Where(g => !told.Contains(g)).Sum(g => counts[g]);
    }
}
