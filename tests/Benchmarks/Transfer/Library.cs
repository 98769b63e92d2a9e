using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Infra.Search;

namespace Pipeline.Benchmarks.Transfer;

/// <summary>The skills that curation makes of some runs, from all the evidence at once, and the index that they are found by.</summary>
internal sealed class Library
{
    private readonly Dictionary<string, Proposal> _proposals = new(StringComparer.Ordinal);
    private readonly InvertedIndex _index;

    public Library(IEnumerable<TransferRun> runs, CurationPolicy policy, IReadOnlySet<string> vocabulary)
    {
        var documents = new List<SkillDocument>();
        foreach (var family in runs.SelectMany(r => r.Episodes).GroupBy(e => e.FamilyId, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var selected = EvidenceSelection.Select(family.Select(e => e.Episode.Evidence), policy).Select(e => e.EvidenceId).ToHashSet(StringComparer.Ordinal);
            var episodes = family.Select(e => e.Episode).Where(e => selected.Contains(e.Id)).ToList();
            var successes = episodes.Where(e => e.Succeeded).ToList();
            if (successes.Count < policy.MinSuccesses || successes.Select(e => e.Task).Distinct(StringComparer.Ordinal).Count() < policy.MinTasks) continue;
            var first = successes[0].Episode;
            var of = Family.None with { Id = family.Key, Environment = family.First().Environment, Effect = first.Effect, Kind = first.Kind };
            var name = SkillNames.Of(of);
            if (KindMiner.Compose(of, name, episodes, policy, "") is not var (document, _, package)) continue;
            documents.Add(new(name, name, 1, package.Digest, document.Description, of.Environment, package.SkillText));
            _proposals[name] = Proposal.Of(package, vocabulary);
        }
        _index = new(documents);
    }

    public IReadOnlyList<Proposal> All => [.. _proposals.Values];

    /// <param name="within">Only skills whose score is at least this share of the best one's.</param>
    public Proposal Find(string text, int top, double within = 0)
    {
        var found = _index.Search(text, top);
        return Proposal.Union(found.Where(f => f.Score >= within * found[0].Score).Select(f => _proposals[f.Document.Name]));
    }
}
