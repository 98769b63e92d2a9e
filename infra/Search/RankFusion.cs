using System.Numerics;

namespace Pipeline.Infra.Search;

/// <summary>Joins rankings by reciprocal rank fusion (Cormack, Clarke, Buettcher, "Reciprocal Rank Fusion outperforms Condorcet and
/// individual Rank Learning Methods", 2009): a document's score is the sum over the rankings of 1 / (60 + its rank).</summary>
public static class RankFusion
{
    private const int K = 60;

    /// <summary>How many of each ranking are looked at, whichever page is asked for.</summary>
    public const int Depth = 1_000;

    public static IReadOnlyList<(SkillDocument Document, double Score)> Fuse(params IReadOnlyList<(SkillDocument Document, double Score)>[] rankings)
    {
        var scores = new Dictionary<(string, int), (SkillDocument Document, double Score)>();
        foreach (var ranking in rankings)
        {
            for (var i = 0; i < ranking.Count; i++)
            {
                var document = ranking[i].Document;
                var key = (document.SkillId, document.Version);
                scores[key] = (document, scores.GetValueOrDefault(key).Score + 1.0 / (K + i + 1));
            }
        }
        return [.. scores.Values.OrderByDescending(s => s.Score).ThenBy(s => s.Document.Name, StringComparer.Ordinal).ThenBy(s => s.Document.SkillId, StringComparer.Ordinal)];
    }

    /// <summary>Of two vectors of length 1; 0 where they have different dimensions.</summary>
    public static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        if (a.Length != b.Length) return 0;
        var (sum, i) = (Vector<float>.Zero, 0);
        for (; i <= a.Length - Vector<float>.Count; i += Vector<float>.Count) sum += new Vector<float>(a[i..]) * new Vector<float>(b[i..]);
        double dot = Vector.Sum(sum);
        for (; i < a.Length; i++) dot += a[i] * b[i];
        return dot;
    }
}
