using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Infra.Search;

/// <summary>Ranks documents by BM25F (Robertson, Zaragoza, Taylor, "Simple BM25 extension to multiple weighted fields", 2004):
/// counts are weighted and length-normalised per field, summed, and then saturated once. Immutable.</summary>
/// <remarks>Queries may be whole task descriptions, so repeated query terms count, with diminishing returns (k3, from Okapi BM25).</remarks>
public sealed class InvertedIndex
{
    private const double K1 = 2.0, B = 0.75, K3 = 8.0;

    // Name, description, body: who names a thing says more of it than who mentions it.
    private static readonly double[] Weights = [5, 3, 1];

    // Plans and notes on one tool accompany the skills for effects and speak of the same things; a hand-over's users had asked for
    // everything that was refused: beside the others they stand back.
    private const double Companion = 0.5;
    private const double LastResort = 0.25;

    private readonly SkillDocument[] _documents;
    private readonly Dictionary<string, Posting[]> _postings;
    private readonly NameWeights _names;

    public InvertedIndex(IEnumerable<SkillDocument> documents)
    {
        // In the order in which equals are to be told apart.
        _documents = [.. documents.OrderBy(d => d.Name, StringComparer.Ordinal).ThenBy(d => d.SkillId, StringComparer.Ordinal)];
        _postings = Build(_documents);
        _names = new(_documents);
        HasSiblings = Array.Exists(_documents, d => d.VariantOf.Length > 0);
    }

    /// <summary>Of no documents.</summary>
    public static InvertedIndex Empty { get; } = new([]);

    /// <summary>In the order of their names.</summary>
    public IReadOnlyList<SkillDocument> Documents => _documents;

    internal bool HasSiblings { get; }

    /// <summary>The best <paramref name="top"/> of those documents that share a term with the query.</summary>
    public IReadOnlyList<(SkillDocument Document, double Score)> Search(string query, int top, Func<SkillDocument, bool>? filter = null)
    {
        var scores = new double[_documents.Length];
        foreach (var (term, count) in SearchTerms.Telling(query).CountBy(t => t, StringComparer.Ordinal).OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            if (!_postings.TryGetValue(term, out var postings)) continue;
            var weight = (K3 + 1) * count / (K3 + count);
            foreach (var posting in postings) scores[posting.Document] += weight * posting.Score;
        }
        for (var i = 0; i < scores.Length; i++)
            scores[i] *= filter is null || filter(_documents[i]) ? StandingOf(_documents[i].Name, _documents[i].Kind, _documents[i].Environment) : 0;
        _names.Raise(scores, query);
        return
        [
            .. Enumerable.Range(0, scores.Length)
                .Where(i => scores[i] > 0)
                .OrderByDescending(i => scores[i]).ThenBy(i => i)
                .Take(top)
                .Select(i => (_documents[i], scores[i])),
        ];
    }

    /// <summary>By what the score of a skill is multiplied.</summary>
    internal static double StandingOf(string name, SkillKind kind, string environment) =>
        environment.Length > 0 && HandOver.IsNamed(name) ? LastResort : kind == SkillKind.Functional ? 1 : Companion;

    private static Dictionary<string, Posting[]> Build(SkillDocument[] documents)
    {
        var averages = new double[SkillDocument.Fields];
        for (var f = 0; f < averages.Length; f++) averages[f] = documents.Length == 0 ? 1 : Math.Max(1, documents.Average(d => d.Lengths[f]));

        var frequencies = new Dictionary<string, List<Posting>>(StringComparer.Ordinal);
        for (var i = 0; i < documents.Length; i++)
        {
            foreach (var (term, counts) in documents[i].Counts)
            {
                if (!frequencies.TryGetValue(term, out var list)) frequencies[term] = list = [];
                list.Add(new(i, Frequency(counts, documents[i].Lengths, averages)));
            }
        }
        return frequencies.ToDictionary(
            term => term.Key,
            term =>
            {
                var rarity = Math.Log(1 + (documents.Length - term.Value.Count + 0.5) / (term.Value.Count + 0.5));
                return term.Value.Select(p => p with { Score = rarity * p.Score * (K1 + 1) / (p.Score + K1) }).ToArray();
            },
            StringComparer.Ordinal);
    }

    private static double Frequency(int[] counts, int[] lengths, double[] averages)
    {
        var sum = 0.0;
        for (var f = 0; f < counts.Length; f++)
        {
            if (counts[f] > 0) sum += Weights[f] * counts[f] / (1 - B + B * lengths[f] / averages[f]);
        }
        return sum;
    }

    private readonly record struct Posting(int Document, double Score);
}
