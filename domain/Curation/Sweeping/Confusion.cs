namespace Pipeline.Domain.Curation.Sweeping;

/// <summary>How readily a search takes one skill for another: each skill's own description is asked as a query of all that share its environment,
/// and what matters is how near another one's score comes to its own.</summary>
/// <remarks>Scores are Okapi BM25's (Robertson, Walker, "Okapi at TREC-3", 1994; k1 = 1.2, b = 0.75, idf as ln(1 + (N - n + 0.5) / (n + 0.5))) over
/// description and text together. Deliberately not those of the index that agents search: a decision that is on record must not change when that
/// is tuned, or when it lags. A pure function of the texts, whatever their order.</remarks>
public sealed class Confusion
{
    private const double K1 = 1.2, B = 0.75;
    private const int LongestWord = 64;

    // In a large library a word that a quarter of the texts have tells nothing, and to follow it costs most of the time.
    private const int Large = 50;
    private const int CommonOneIn = 4;

    private readonly Document[] _documents;
    private readonly Dictionary<string, (int Document, double Weight)[]> _postings;

    public Confusion(IEnumerable<SkillWords> skills)
    {
        _documents = [.. skills.OrderBy(s => s.Id, StringComparer.Ordinal).Select(s => new Document(s.Id, Query(s.Description), Counts($"{s.Description}\n{s.Text}")))];
        _postings = Postings(_documents);
    }

    /// <summary>Pairs of which one's description brings up the other at this share of its own score, or more.</summary>
    /// <param name="share">Above 0; at 1 the other one comes first, or level.</param>
    /// <returns>The most confusable first; equals by their ids.</returns>
    public IReadOnlyList<ConfusablePair> PairsAbove(double share, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(share);
        var own = new double[_documents.Length];
        var scores = new double[_documents.Length];
        // Of all pairs that share a word, which are nearly the square of the skills, only those that are asked for are kept.
        var near = new HashSet<(int, int)>();
        for (var i = 0; i < _documents.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Array.Clear(scores);
            foreach (var word in _documents[i].Query)
                foreach (var (document, weight) in _postings.GetValueOrDefault(word, [])) scores[document] += weight;
            own[i] = scores[i];
            for (var j = 0; j < scores.Length; j++)
                if (j != i && scores[i] > 0 && scores[j] > 0 && scores[j] / scores[i] >= share) near.Add((Math.Min(i, j), Math.Max(i, j)));
        }
        return [.. near.Select(p => new ConfusablePair(_documents[p.Item1].Id, _documents[p.Item2].Id, Share(p.Item1, p.Item2), Share(p.Item2, p.Item1)))
            .OrderByDescending(p => p.Mutual).ThenByDescending(p => p.Most).ThenBy(p => p.One, StringComparer.Ordinal).ThenBy(p => p.Other, StringComparer.Ordinal)];

        double Share(int asked, int other) => own[asked] > 0 ? Score(_documents[asked].Query, other) / own[asked] : 0;
    }

    // In the order of the words, as above: sums of fractions must come out the same.
    private double Score(IReadOnlyList<string> query, int document) => query.Sum(word => WeightOf(_postings.GetValueOrDefault(word, []), document));

    private static double WeightOf((int Document, double Weight)[] postings, int document)
    {
        var (from, to) = (0, postings.Length);
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (postings[middle].Document < document) from = middle + 1;
            else to = middle;
        }
        return from < postings.Length && postings[from].Document == document ? postings[from].Weight : 0;
    }

    private static Dictionary<string, (int, double)[]> Postings(Document[] documents)
    {
        var average = documents.Length == 0 ? 1 : Math.Max(1, documents.Average(d => (double)d.Length));
        var most = documents.Length < Large ? documents.Length : documents.Length / CommonOneIn;
        return documents.SelectMany((d, i) => d.Counts.Select(c => (Word: c.Key, Document: i, Count: (double)c.Value, d.Length)))
            .GroupBy(p => p.Word, StringComparer.Ordinal).Select(g => (Word: g.Key, Documents: g.ToList())).Where(g => g.Documents.Count <= most)
            .ToDictionary(g => g.Word, g =>
            {
                var rarity = Math.Log(1 + ((documents.Length - g.Documents.Count + 0.5) / (g.Documents.Count + 0.5)));
                return g.Documents.Select(d => (d.Document, rarity * d.Count * (K1 + 1) / (d.Count + (K1 * (1 - B + (B * d.Length / average)))))).ToArray();
            }, StringComparer.Ordinal);
    }

    // In one order, so that sums of fractions come out the same whatever the texts' order.
    private static string[] Query(string description) => [.. Words(description).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static Dictionary<string, int> Counts(string text) => Words(text).CountBy(w => w, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);

    private static IEnumerable<string> Words(string text)
    {
        for (var at = 0; at < text.Length;)
        {
            var end = at;
            while (end < text.Length && (char.IsLetterOrDigit(text[end]) || text[end] == '_')) end++;
            if (end - at is >= 2 and <= LongestWord) yield return text[at..end].ToLowerInvariant();
            at = end + 1;
        }
    }

    private sealed record Document(string Id, IReadOnlyList<string> Query, Dictionary<string, int> Counts)
    {
        public int Length { get; } = Counts.Values.Sum();
    }
}

/// <param name="Description">As its version states it: what agents choose by.</param>
/// <param name="Text">SKILL.md.</param>
public sealed record SkillWords(string Id, string Description, string Text);

/// <summary>Two skills that a search confuses.</summary>
/// <param name="One">The id that is ordinally first.</param>
/// <param name="OtherForOne">For one's description, the other's score by one's own; above 1 the other comes first.</param>
/// <param name="OneForOther">The same the other way round.</param>
public sealed record ConfusablePair(string One, string Other, double OtherForOne, double OneForOther)
{
    /// <summary>How confusable they are at least, whichever is meant.</summary>
    public double Mutual => Math.Min(OtherForOne, OneForOther);

    /// <summary>How confusable they are where the one is meant that suffers most.</summary>
    public double Most => Math.Max(OtherForOne, OneForOther);
}
