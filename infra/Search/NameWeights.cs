using System.Collections.Frozen;

namespace Pipeline.Infra.Search;

/// <summary>What a query shares with the names of skills, weighed by how few names of the same environment have it.</summary>
/// <remarks>Skills of one environment speak of the same things: every skill of a shop has "order" in its text, and the one for returns
/// speaks of exchanges as well. What tells them apart is what they are called, and that is rare among names only.</remarks>
internal sealed class NameWeights
{
    // The score of a skill whose name says all that any name says of the query is raised by this share of it.
    private const double MostRaise = 1;

    private readonly IReadOnlyDictionary<string, double>[] _weights;

    public NameWeights(SkillDocument[] documents)
    {
        _weights = new IReadOnlyDictionary<string, double>[documents.Length];
        Array.Fill(_weights, FrozenDictionary<string, double>.Empty);
        foreach (var environment in Enumerable.Range(0, documents.Length).GroupBy(i => documents[i].Environment, StringComparer.Ordinal))
        {
            // What belongs to no environment shares no world with the rest, so that a rare word in a name is chance.
            if (environment.Key.Length == 0) continue;
            var names = environment.ToDictionary(i => i, i => SearchTerms.StemsOf(documents[i].Name));
            var common = names.Values.SelectMany(n => n).CountBy(t => t, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
            foreach (var (i, name) in names)
                _weights[i] = name.Where(t => !FunctionWords.Contains(t)).ToDictionary(t => t, t => Math.Log((double)names.Count / common[t]), StringComparer.Ordinal);
        }
    }

    /// <summary>Scores of 0 stay 0.</summary>
    public void Raise(double[] scores, string query)
    {
        var asked = SearchTerms.StemsOf(query);
        var shares = new double[scores.Length];
        for (var i = 0; i < scores.Length; i++)
            if (scores[i] > 0) shares[i] = _weights[i].OrderBy(t => t.Key, StringComparer.Ordinal).Where(t => asked.Contains(t.Key)).Sum(t => t.Value);
        var most = shares.DefaultIfEmpty().Max();
        if (most <= 0) return;
        for (var i = 0; i < scores.Length; i++) scores[i] *= 1 + MostRaise * shares[i] / most;
    }
}
