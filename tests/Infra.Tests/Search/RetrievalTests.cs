using System.Text;
using System.Text.Json;
using Pipeline.Domain.Tests.Trajectories;
using Pipeline.Infra.Packages;
using Pipeline.Infra.Search;

namespace Pipeline.Infra.Tests.Search;

/// <summary>What the embedded index finds of a public benchmark, where that is at hand: no change may make it worse than it is, which is better
/// than BM25 over the whole text (.775, .775, .807).</summary>
public sealed class RetrievalTests
{
    private sealed record Line(string Id, string? Name, string Text);

    [Fact]
    public void Search_is_better_than_BM25_on_a_public_benchmark()
    {
        var corpus = Lines("retrieval/corpus.jsonl.gz");
        var queries = Lines("retrieval/queries.jsonl");
        var gold = Encoding.UTF8.GetString(SharedData.Read("retrieval/qrels.tsv")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t'))
            .ToLookup(l => l[0], l => l[1].TrimEnd('\r'), StringComparer.Ordinal);
        var index = new InvertedIndex(corpus.Select(c =>
        {
            var stated = SkillFrontmatter.Read(c.Text);
            return new SkillDocument(c.Id, c.Name ?? stated.Name, 1, "", stated.Description, "", c.Text);
        }));

        var scores = queries.Where(q => gold.Contains(q.Id)).Select(q => Score([.. index.Search(q.Text, 10).Select(f => f.Document.SkillId)], gold[q.Id].ToHashSet(StringComparer.Ordinal))).ToList();

        scores.Count.ShouldBeGreaterThan(0);
        scores.Average(s => s.First).ShouldBeGreaterThanOrEqualTo(0.925, "Hit@1");
        scores.Average(s => s.Gain).ShouldBeGreaterThan(0.875, "nDCG@10");
        scores.Average(s => s.Recall).ShouldBeGreaterThan(0.872, "Recall@10");
    }

    /// <summary>Hit@1, nDCG@10 (Jarvelin, Kekalainen, 2002, with gains of 0 and 1) and Recall@10.</summary>
    private static (double First, double Gain, double Recall) Score(List<string> ranked, HashSet<string> relevant)
    {
        var hits = ranked.Select((id, i) => (id, Rank: i + 1)).Where(h => relevant.Contains(h.id)).ToList();
        var ideal = Enumerable.Range(1, Math.Min(10, relevant.Count)).Sum(Discounted);
        return (hits.Any(h => h.Rank == 1) ? 1 : 0, hits.Sum(h => Discounted(h.Rank)) / ideal, (double)hits.Count / relevant.Count);
    }

    private static double Discounted(int rank) => 1 / Math.Log2(rank + 1);

    private static List<Line> Lines(string path) =>
        [.. Encoding.UTF8.GetString(SharedData.Read(path)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonSerializer.Deserialize<Line>(l, JsonSerializerOptions.Web)!)];
}
