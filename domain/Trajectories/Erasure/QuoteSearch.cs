using System.Text;
using Pipeline.Domain.Unicode;

namespace Pipeline.Domain.Trajectories.Erasure;

/// <summary>Finds which of some texts (a skill's files) say something that only one data subject's runs said: a word or number of
/// <see cref="ShortestWord"/> characters or more, or a phrase of <see cref="PhraseWords"/> words. Where a script has no spaces between words, every
/// two neighbouring characters stand for one (<see cref="Unicode.Words"/>).</summary>
/// <remarks>First it hears the subject's runs, then those of others; what others said too points at nobody. Where no other's runs stand behind a text,
/// all that the subject's runs said in it counts, for nothing tells it apart. Words are kept as 64-bit hashes: a collision can only find too much.
/// Memory is bounded by the texts that are searched, not by the runs.</remarks>
public sealed class QuoteSearch
{
    public const int ShortestWord = 3;
    public const int PhraseWords = 6;

    private readonly Dictionary<string, HashSet<ulong>> _marks = new(StringComparer.Ordinal);
    private readonly HashSet<ulong> _known = [];
    private readonly HashSet<ulong> _said = [];

    /// <summary>A text that may quote. All are added before any run is heard.</summary>
    /// <param name="id">For example the digest of a file.</param>
    public void Add(string id, string text)
    {
        var marks = _marks.TryGetValue(id, out var there) ? there : _marks[id] = [];
        foreach (var mark in Marks(text))
        {
            marks.Add(mark);
            _known.Add(mark);
        }
    }

    /// <summary>Something that one of the subject's runs said.</summary>
    public void Hear(string text)
    {
        foreach (var mark in Marks(text))
            if (_known.Contains(mark)) _said.Add(mark);
    }

    /// <summary>Something that another's run said.</summary>
    public void HearOther(string text)
    {
        if (_said.Count == 0) return;
        foreach (var mark in Marks(text)) _said.Remove(mark);
    }

    /// <summary>Whether nothing is left that only the subject said: then there is no need to hear others any more.</summary>
    public bool IsClear => _said.Count == 0;

    /// <returns>The ids of the texts that quote, in ordinal order.</returns>
    public IReadOnlyList<string> Quoting() => [.. _marks.Where(m => m.Value.Overlaps(_said)).Select(m => m.Key).Order(StringComparer.Ordinal)];

    private static IEnumerable<ulong> Marks(string text)
    {
        var phrase = new Queue<ulong>(PhraseWords);
        foreach (var (hash, counts) in Hashes(text))
        {
            if (counts) yield return hash;
            if (phrase.Count == PhraseWords) phrase.Dequeue();
            phrase.Enqueue(hash);
            if (phrase.Count == PhraseWords) yield return phrase.Aggregate(PhraseSeed, (all, word) => Mixed(all, word));
        }
    }

    // Whatever their case: "Renée-17" is two words.
    private static IEnumerable<(ulong Hash, bool Counts)> Hashes(string text)
    {
        text = NormalForm.Compatible(text);
        foreach (var word in Unicode.Words.Of(text))
        {
            var (hash, length) = (WordSeed, 0);
            foreach (var rune in word.In(text).EnumerateRunes()) (hash, length) = (Mixed(hash, (ulong)Rune.ToLowerInvariant(rune).Value), length + 1);
            // Two characters of a script without spaces tell as much as a word of others does.
            yield return (hash, length >= (word.IsPair ? 2 : ShortestWord));
        }
    }

    private const ulong WordSeed = 14695981039346656037;
    private const ulong PhraseSeed = 0x9E3779B97F4A7C15;

    // FNV-1a by 64-bit steps, with a shift so that the high bits reach the low ones.
    private static ulong Mixed(ulong hash, ulong value)
    {
        hash = (hash ^ value) * 1099511628211;
        return hash ^ (hash >> 32);
    }
}
