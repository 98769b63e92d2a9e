using Azure;
using Azure.Search.Documents;
using Azure.Search.Documents.Models;
using Pipeline.Infra.ReadModels;
using Pipeline.Infra.Search.Embeddings;

namespace Pipeline.Infra.Search.AzureSearch;

/// <summary>Searches the index that the database says is the live one.</summary>
public sealed class AzureSkillIndex(AzureSearchService service, IndexLog log, SkillEmbeddings embeddings) : ISkillIndex
{
    // The service takes 1,024 clauses; more terms than these tell no more.
    private const int MostTerms = 1_000;
    private const int MostSkipped = 100_000;
    private const int MostSiblings = 1_000;

    private readonly string _purpose = AzureIndexUpkeep.PurposeOf(service.Options);

    public async Task<AtLeaf<IReadOnlyList<SkillHit>>> SearchAsync(SkillSearch search, CancellationToken cancellationToken = default)
    {
        if (await log.LiveAsync(_purpose, cancellationToken) is not { } live) return new([], 0);
        try
        {
            return await AzureSearchService.CallAsync(() => FindAsync(live, search, cancellationToken), cancellationToken);
        }
        catch (SearchUnavailableException e) when (e.InnerException is RequestFailedException { Status: 404 })
        {
            // It was replaced between the look and the search; else it is gone, and whoever keeps the index up is to see to that.
            var now = await log.LiveAsync(_purpose, cancellationToken);
            if (now?.Name == live.Name) await log.LoseAsync(live.Name, cancellationToken);
            if (now is null || now.Name == live.Name) throw new SearchUnavailableException("the index is gone at the search service; it is made anew at the next look, or now with `index rebuild`", e);
            return await AzureSearchService.CallAsync(() => FindAsync(now, search, cancellationToken), cancellationToken);
        }
    }

    private async Task<AtLeaf<IReadOnlyList<SkillHit>>> FindAsync(LoggedIndex live, SkillSearch search, CancellationToken ct)
    {
        var documents = service.Documents(live.Name);
        var words = SearchWords.Of(search.Text, MostTerms);
        var meaning = embeddings.IsOn && service.Options.Dimensions is not null ? await embeddings.OfQueryAsync(search.Text, ct) : null;
        if (search.Skip >= MostSkipped || (words.Length == 0 && meaning is null)) return new([], live.Leaf);

        var filter = await FilterAsync(documents, search, ct);
        // How far a hit is below the best is known only where the best is seen.
        var (skip, size) = search.Within > 0 ? (0, search.Skip + search.Top) : (search.Skip, search.Top);
        var options = Options(live.Form, filter, skip, size, meaning);
        var response = await documents.SearchAsync<SearchDocument>(words, options, ct);
        List<(SkillHit Hit, double Score, bool IsReranked)> hits = [];
        await foreach (var result in response.Value.GetResultsAsync().WithCancellation(ct))
        {
            var (reranked, score) = (result.SemanticSearch?.RerankerScore, result.Score ?? 0);
            hits.Add((DocumentForm.HitOf(result.Document, reranked ?? score), reranked ?? score, reranked is not null));
            if (hits.Count == size) break;
        }
        // The semantic ranker goes over the best only, and its scores compare with no others.
        if (search.Within > 0) hits = [.. hits.TakeWhile(h => h.IsReranked == hits[0].IsReranked && h.Score >= search.Within * hits[0].Score).Skip(search.Skip)];
        return new(Siblings.BelowTheirMain([.. hits.Select(h => h.Hit)], h => h.SkillId, h => h.VariantOf), live.Leaf);
    }

    private SearchOptions Options(int form, string filter, int skip, int size, ReadOnlyMemory<float>? meaning)
    {
        var options = new SearchOptions { Filter = filter, Skip = skip, Size = size, SearchMode = SearchMode.Any, ScoringProfile = IndexDefinition.Profile };
        foreach (var field in new[] { "skillId", "name", "version", "digest", "description", "environment", "kind", "tier", "variantOf", "model" }) options.Select.Add(field);
        foreach (var field in IndexDefinition.Searched(form)) options.SearchFields.Add(field);
        if (service.Options.IsSemantic)
        {
            options.QueryType = SearchQueryType.Semantic;
            options.SemanticSearch = new() { SemanticConfigurationName = IndexDefinition.Semantic, ErrorMode = SemanticErrorMode.Partial };
        }
        if (meaning is { } vector)
        {
            options.VectorSearch = new()
            {
                Queries = { new VectorizedQuery(vector) { KNearestNeighborsCount = RankFusion.Depth, Fields = { IndexDefinition.Vector } } },
                FilterMode = VectorFilterMode.PreFilter,
            };
        }
        // Fused and semantic ranks are the service's own, and an order that is asked for would replace them.
        if (meaning is null && !service.Options.IsSemantic)
            foreach (var by in new[] { "search.score() desc", "name", "key" }) options.OrderBy.Add(by);
        return options;
    }

    private static async Task<string> FilterAsync(SearchClient documents, SkillSearch search, CancellationToken ct)
    {
        List<string> parts = [SearchFilter.Create($"tenant eq {search.Tenant}"), ServedTo(search), SearchFilter.Create($"tier ge {(int)search.LeastTier}")];
        if (search.Environment.Length > 0) parts.Add(SearchFilter.Create($"environment eq {search.Environment}"));
        if (search.Model.Length > 0)
        {
            parts.Add(SearchFilter.Create($"(model eq '' or model eq {search.Model})"));
            var replaced = await ReplacedAsync(documents, search, parts[..3], ct);
            if (replaced.Count > 0) parts.Add($"not search.in(skill, '{string.Join(',', replaced)}', ',')");
        }
        return string.Join(" and ", parts);
    }

    private static string ServedTo(SkillSearch search)
    {
        var within = SearchFilter.Create($"aliases/any(a: a eq {search.Alias})");
        if (search.Outside.Count == 0) return within;
        var outside = $"search.in(skill, '{string.Join(',', search.Outside.Keys.Order(StringComparer.Ordinal).Select(id => DocumentForm.SkillKey(search.Tenant, id)))}', ',')";
        return $"(({within} and not {outside}) or ({SearchFilter.Create($"aliases/any(a: a eq {ServingRule.ToOthers(search.Alias)})")} and {outside}))";
    }

    /// <summary>The main skills in whose place the model gets its siblings.</summary>
    private static async Task<List<string>> ReplacedAsync(SearchClient documents, SkillSearch search, IEnumerable<string> served, CancellationToken ct)
    {
        var options = new SearchOptions
        {
            Filter = string.Join(" and ", served.Append(SearchFilter.Create($"model eq {search.Model}")).Append("variantOf ne ''")),
            Size = MostSiblings,
            Select = { "variantOf" },
        };
        var response = await documents.SearchAsync<SearchDocument>("*", options, ct);
        var replaced = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var result in response.Value.GetResultsAsync().WithCancellation(ct)) replaced.Add(DocumentForm.SkillKey(search.Tenant, result.Document.GetString("variantOf")));
        return [.. replaced];
    }
}
