using System.Globalization;
using Pipeline.Infra.Search;

namespace Pipeline.Benchmarks.Transfer;

/// <summary>What an agent can be given for a task: the nearest run in full, the skills found, or those that fit best.</summary>
internal static class Candidates
{
    private const int MostSkills = 3;
    private static readonly double[] s_shares = [0.6, 0.7, 0.8];

    public static IEnumerable<(string Given, Proposal Proposal)> Of(string query, PastRuns past, Library library, IReadOnlySet<string> needed)
    {
        yield return ("nearest run in full", past.Nearest(query));
        for (var top = 1; top <= MostSkills; top++) yield return ($"best {top}", library.Find(query, top));
        foreach (var within in s_shares)
            yield return (string.Create(CultureInfo.InvariantCulture, $"best {MostSkills} within {within:0.0}"), library.Find(query, MostSkills, within));
        yield return ("with the answer in hand", Proposal.Best(library.All, needed, MostSkills));
    }
}

/// <summary>The successful ones of some runs, to be reused in full.</summary>
internal sealed class PastRuns
{
    private readonly Dictionary<string, TransferRun> _runs;
    private readonly InvertedIndex _index;

    public PastRuns(IEnumerable<TransferRun> runs)
    {
        _runs = runs.Where(r => r.Succeeded).ToDictionary(r => r.Id, StringComparer.Ordinal);
        _index = new(_runs.Values.Select(r => new SkillDocument(r.Id, r.Id, 1, "", "", "", r.Said)));
    }

    public Proposal Nearest(string query) =>
        Proposal.Union(_index.Search(query, 1).Select(f => new Proposal(_runs[f.Document.SkillId].Tools, _runs[f.Document.SkillId].Characters)));
}
