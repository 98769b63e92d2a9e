using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Text;
using System.Text.RegularExpressions;

namespace Pipeline.Domain.Trajectories.Episodes.Coding;

/// <summary>What a task looks like without what it says: hashes of the words it was asked for with, and the names of what was done.</summary>
/// <param name="Words">The smallest hashes, ascending: the bottom-k sketch of a set (Cohen and Kaplan, PODC 2007), which estimates the Jaccard similarity.</param>
/// <param name="Acts">Names of acts, each once, in ordinal order; looks begin with <c>?</c>, since they tell less.</param>
public sealed partial record TaskSketch(IReadOnlyList<uint> Words, IReadOnlyList<string> Acts)
{
    private const int MostWords = 96;
    private const int MostActs = 48;
    private const int MostCharacters = 20_000;
    private const double WeightOfALook = 0.25;
    private const double WeightOfWords = 0.5;

    private static readonly FrozenSet<string> s_common = (
        "about after all also and any are been before but can could does each file files first for from get had has have here how into its just let like make may more must need new not now one only other "
        + "our out over please same see should some task than that the their them then there these they this use user using want wants was what when where which while will with would you your").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    public static TaskSketch Of(string asked, IEnumerable<CodingAct> acts)
    {
        var text = asked.Length <= MostCharacters ? asked : asked[..MostCharacters];
        var words = Word().EnumerateMatches(text);
        var hashes = new SortedSet<uint>();
        foreach (var match in words)
        {
            var word = Stem(text.AsSpan(match.Index, match.Length).ToString().ToLowerInvariant());
            if (!s_common.Contains(word)) hashes.Add(Hash(word));
        }
        var names = acts.Where(a => !a.IsIncidental).GroupBy(a => a.Kind is ActKind.Look or ActKind.Use ? "?" + a.Name : a.Name, StringComparer.Ordinal)
            .OrderBy(g => g.Key[0] == '?').ThenByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).Take(MostActs).Select(g => g.Key);
        return new([.. hashes.Take(MostWords)], [.. names.Order(StringComparer.Ordinal)]);
    }

    /// <summary>The same under a secret: alike with others under it, and without it no word can be tried out. Likeness is all a ledger needs of it.</summary>
    public TaskSketch Keyed(Func<uint, uint> secret) => this with { Words = [.. Words.Select(secret).Distinct().Order()] };

    /// <summary>0 (nothing in common) to 1: the mean of the similarity of the words and of what was done; where one side has no words, the latter.</summary>
    public double SimilarityTo(TaskSketch other)
    {
        var acts = OfActs(other);
        return Words.Count == 0 || other.Words.Count == 0 ? acts : WeightOfWords * OfWords(other) + (1 - WeightOfWords) * acts;
    }

    // Of the smallest hashes of the union, the share that both have. Both are in order: a comparison makes no sets, since each new run is compared with many.
    private double OfWords(TaskSketch other)
    {
        var (union, both) = (0, 0);
        for (int i = 0, j = 0; union < MostWords && (i < Words.Count || j < other.Words.Count); union++)
        {
            var order = i == Words.Count ? 1 : j == other.Words.Count ? -1 : Words[i].CompareTo(other.Words[j]);
            if (order == 0) both++;
            if (order <= 0) i++;
            if (order >= 0) j++;
        }
        return (double)both / union;
    }

    private double OfActs(TaskSketch other)
    {
        // In quarters, so that the sum is the same in every order.
        var (union, both) = (0, 0);
        for (int i = 0, j = 0; i < Acts.Count || j < other.Acts.Count;)
        {
            var order = i == Acts.Count ? 1 : j == other.Acts.Count ? -1 : string.CompareOrdinal(Acts[i], other.Acts[j]);
            var quarters = Quarters(order <= 0 ? Acts[i] : other.Acts[j]);
            union += quarters;
            if (order == 0) both += quarters;
            if (order <= 0) i++;
            if (order >= 0) j++;
        }
        return union == 0 ? 1 : (double)both / union;
    }

    private static int Quarters(string act) => act.StartsWith('?') ? (int)(4 * WeightOfALook) : 4;

    private static string Stem(string word) => word.Length > 5 && word.EndsWith("ing", StringComparison.Ordinal) ? word[..^3]
        : word.Length > 4 && word.EndsWith("es", StringComparison.Ordinal) ? word[..^2]
        : word.Length > 4 && word.EndsWith('s') ? word[..^1]
        : word;

    private static uint Hash(string word) => BinaryPrimitives.ReadUInt32BigEndian(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(word)));

    public bool Equals(TaskSketch? other) => other is not null && Words.SequenceEqual(other.Words) && Acts.SequenceEqual(other.Acts, StringComparer.Ordinal);

    public override int GetHashCode() => HashCode.Combine(Words.Count, Acts.Count, Words.Count > 0 ? Words[0] : 0);

    [GeneratedRegex(@"[A-Za-z][A-Za-z0-9_]{2,30}", RegexOptions.NonBacktracking)]
    private static partial Regex Word();
}
