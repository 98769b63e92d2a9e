using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Pipeline.Domain.Curation.Composing.Coding;

/// <summary>What may stand in a skill of a sentence that somebody said while at work: an order or a fact, without who said it and to whom.</summary>
/// <remarks>Told by form alone. "Now let me check the cache" says: check the cache. "Looking at page 3, I see…" says nothing to who comes next.</remarks>
internal static partial class Phrase
{
    private static readonly FrozenSet<string> s_persons = Set(
        "i i'm i'll i've i'd me my mine myself we we're we'll we've we'd our ours us let's you your you're you'll he she his her user user's");

    // What these point to stands in another sentence.
    private static readonly FrozenSet<string> s_pointing = Set(
        "it it's its this that that's these those they they're there there's here here's and but or so because which who whose for with of to from by as than then if when while although however also both now not yes no what why how where "
        + "still true false wrong right need needs done good great perfect excellent ok okay finally both same next first second third another other others two three");

    private static readonly FrozenSet<string> s_parts = Set("and or but of that which who is are was will if when where because since while than then");

    private static readonly FrozenSet<string> s_finite = Set(
        "is are must should shall can cannot can't may needs need has have does do means requires require uses use allows allow contains contain returns return expects expect takes take gives give comes come works work depends "
        + "fails fail starts start ends end stands stand overrides override matches match supports support isn't aren't doesn't don't won't will remains becomes lives runs reads writes stores holds exists applies shows says opens keeps sets adds makes creates lies handles includes provides produces accepts rejects covers refers represents represent say mean go goes include provide produce accept refer depends");

    private static readonly FrozenSet<string> s_dangling = Set(
        "the a an of to for with and or from in on at by using that which is are as its it into if when where than then be was were has have not but via per between their this these those any all each only both so while about like "
        + "either neither until without within whether how what who whose because can must should will would could may might do does also still just very more most some such no now before after under over through against during approximately roughly currently about used based called named including such starting");

    private const int MostWordsOfACondition = 14;
    private const int FewestWordsBehindACondition = 3;

    private static readonly FrozenSet<string> s_conditions = Set("when if before after for once unless while since because in on at with to where whenever during instead");

    private static readonly FrozenSet<string> s_begins = Set("using with for from in into by based without as to on before after according against when if where so and");

    private static readonly FrozenSet<string> s_being = Set("is are was were has have had am be been");

    // Of these somebody speaks while at work, and says no more than that.
    private static readonly FrozenSet<string> s_vague = Set("look continue move start begin see keep go try wait proceed understand note now consider end state point find guess get");

    // About the program that the agent runs in, or about how far it has come.
    [GeneratedRegex(@"\b(to-?dos?|plan mode|system[- ]reminders?|token (usage|budget)|tokens? left|exit code|successfully|background (task|process)|tool (call|result|schema)s?|summary of|in progress|all done|completed|as requested|task is|already|(has|have) been|(is|are) (now )?(complete|done|ready|saved|written|finished|correct|all))\b",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Chatter();

    [GeneratedRegex(@"^((now|next|first|then|great|good|perfect|excellent|ok|okay|so|and|but|however|finally|also|all right|alright|well|wait|actually|hmm|yes|no|step \d+|phase \d+)[,!:.]?\s+|[-–—•]\s+)*((let me|let's|let us|i'll|i will|i need to|i have to|i must|i should|i can|i want to|i'm going to|i am going to|i'd like to|we need to|we should|we must|we can|we'll|we will|i'm now|i'm|i am|we're|we are|you should|you need to|you can|you must|make sure to|be sure to|remember to|please|try to|start by|begin by|go ahead and|it is time to|time to|to do this,)\s+)*((now|also|first|then|just|quickly|carefully|further|next|finally|need to|try to|start by|begin by|again)\s+)*",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Opening();

    /// <summary>The words of an order or a fact; null where a sentence is neither.</summary>
    public static Said? Of(string sentence) => Chatter().IsMatch(sentence) ? null : Parsed(sentence, depth: 0);

    private static Said? Parsed(string sentence, int depth)
    {
        var text = Opening().Replace(sentence, "").Trim(' ', '.', ':', ',', ';', '-', '–', '—', '•');
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToList();
        // "Then I apply the margin" says: apply the margin.
        if (words.Count > 3 && Key(words[0]) is "i" or "we" && Key(words[1]) is var does && Verbs.IsBase(does) && !s_vague.Contains(does)) words.RemoveAt(0);
        if (words.Count < 3) return null;
        var first = Key(words[0]);
        // "When the key is empty, reject the request": what is said first is a condition or a place.
        if (depth == 0 && s_conditions.Contains(first) && words.FindIndex(w => w.EndsWith(',')) is >= 1 and <= MostWordsOfACondition and var comma)
        {
            var condition = words.Take(comma + 1).ToList();
            return !condition.Exists(IsPerson) && Parsed(string.Join(' ', words.Skip(comma + 1)), 1) is { } rest ? rest with { Words = [.. condition, .. rest.Words], FewestWords = condition.Count + FewestWordsBehindACondition } : null;
        }
        // "I'm now writing it", "Writing it" and "Wrote it" are orders in another form; "Looking at it, I see" is none.
        var isReported = Verbs.IsBase(first) ? null : Verbs.OfProgressive(first) ?? Verbs.OfPast(first);
        if (isReported is { } verb)
        {
            if (s_vague.Contains(verb) || words.Any(w => s_being.Contains(Key(w)))) return null;
            (words[0], first) = (verb, verb);
            for (var i = 2; i < words.Count; i++)
                if (Key(words[i - 1]) is "and" or "then" && (Verbs.OfProgressive(Key(words[i])) ?? Verbs.OfPast(Key(words[i]))) is { } also) words[i] = also;
        }
        if (Verbs.IsBase(first) && !NominalAfter().IsMatch(Key(words[1])))
        {
            // "Read the notes to understand what I'm dealing with": read the notes.
            var order = words.TakeWhile(w => !IsPerson(w)).ToList();
            return order.Count >= 3 && order.Skip(1).Count(w => char.IsAsciiLetterLower(w[0])) * 3 >= order.Count - 1 && !(isReported is not null && order.Count < words.Count) ? new(order, true) : null;
        }
        var isFact = !words.Exists(IsPerson) && char.IsLetter(text[0]) && !s_pointing.Contains(first) && !first.EndsWith("ing", StringComparison.Ordinal) && !first.EndsWith("ed", StringComparison.Ordinal)
            && words.Skip(1).SkipLast(1).Any(w => s_finite.Contains(Key(w)));
        return isFact ? new(words, false) : null;
    }

    /// <summary>Cut where nothing more follows that the words before need, on one line, beginning with a capital; empty where little is left.</summary>
    public static string Finished(IEnumerable<string> words)
    {
        var kept = words.ToList();
        while (kept.Count > 0 && ((s_dangling.Contains(Key(kept[^1])) && !kept[^1].EndsWith(')')) || (kept.Count > 1 && Key(kept[^2]) == "to" && Verbs.IsBase(Key(kept[^1]))))) kept.RemoveAt(kept.Count - 1);
        if (kept.Count == 0) return "";
        var text = Balanced(string.Join(' ', kept)).Trim(' ', '.', ':', ',', ';', '-', '–', '—', '/', '=', '+', '(', '→', '?', '!');
        return text.Length == 0 ? "" : char.ToUpperInvariant(text[0]) + text[1..];
    }

    /// <summary>A word that a part of a sentence may begin with that follows a gap.</summary>
    public static bool Continues(string word) => s_begins.Contains(Key(word));

    public static bool IsPerson(string word) => s_persons.Contains(Key(word));

    /// <summary>What stands before such a word needs nothing more.</summary>
    public static bool EndsAPart(string word) => s_parts.Contains(Key(word));

    public static bool IsFinite(string word) => s_finite.Contains(Key(word));

    public static bool IsDangling(string word) => s_dangling.Contains(Key(word));

    public static string Key(string word) => word.Trim('.', ',', ':', ';', '(', ')', '\'', '"', '!', '?', '*', '“', '”').ToLowerInvariant().Replace('’', '\'');

    // A bracket or a quotation mark whose other half was cut off.
    private static string Balanced(string text)
    {
        foreach (var (open, close) in (ReadOnlySpan<(char, char)>)[('(', ')'), ('[', ']'), ('{', '}')])
            if (text.Count(c => c == open) != text.Count(c => c == close)) text = text.LastIndexOf(open) is > 12 and var at && text.LastIndexOf(close) < at ? text[..at] : text.Replace(open, ' ').Replace(close, ' ');
        if (text.Count(c => c == '"') % 2 != 0) text = text.Replace('"', ' ');
        return Spaces().Replace(text, " ").Replace(" ,", ",", StringComparison.Ordinal);
    }

    // "Build already done", "Test is green", "Report of the week": the first word is a noun.
    [GeneratedRegex(@"^(is|are|was|were|has|had|of|failed|passed|shows|showed|looks|looked|works|worked|done|already|can|will|must|should|data|results?)$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex NominalAfter();

    [GeneratedRegex(@"\s+", RegexOptions.NonBacktracking)]
    private static partial Regex Spaces();

    private static FrozenSet<string> Set(string words) => words.Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <param name="IsOrder">It begins with a verb that says what to do.</param>
    /// <param name="FewestWords">So many words it takes to say something.</param>
    internal sealed record Said(IReadOnlyList<string> Words, bool IsOrder, int FewestWords = 3);
}
