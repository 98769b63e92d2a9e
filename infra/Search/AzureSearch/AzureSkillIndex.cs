using Azure;
using Azure.Search.Documents;
using Azure.Search.Documents.Models;
using Pipeline.Infra.ReadModels;
using Pipeline.Infra.Search.Embeddings;

namespace Pipeline.Infra.Search.AzureSearch;

/// <summary>Searches the index that the database says is the live one.</summary>
public sealed class AzureSkillIndex(AzureSearchService service, IndexLog log, SkillEmbeddings embeddings) : ISkillIndex
{
    // The service takes 3,000 clauses, which are terms times searched fields, and 100,000 characters; its analyzers cut a term of more than 255 in two.
    private const int MostTerms = 900;
    private const int LongestTerm = 255;
    private const int MostCharacters = 90_000;

    // As many of the best the semantic ranker goes over.
    private const int Reranked = 50;

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
        var words = SearchWords.Of(search.Text, MostTerms, LongestTerm, MostCharacters);
        var meaning = embeddings.IsOn && service.Options.Dimensions is not null ? await embeddings.OfQueryAsync(search.Text, ct) : null;
        if (search.Skip >= RankedHits.MostSkipped || (words.Length == 0 && meaning is null)) return new([], live.Leaf);

        var filter = await FilterAsync(documents, search, ct);
        var ranking = new RankedHits(documents, words, search, filter, question => Options(live.Form, question, question.IsByWordsAlone ? null : meaning));
        // Where that costs more than to look at the siblings of what is found: a fused score is none but in the whole ranking.
        var isCheap = meaning is null && RankedHits.Reach(search) <= DocumentPages.Size;
        var hits = search.Model.Length > 0 || (!isCheap && !await HasSiblingsAsync(documents, filter, ct))
            ? await ranking.PageAsync(ct)
            : await ranking.PageWithSiblingsInPlaceAsync(meaning is not null ? RankedHits.MostSkipped : service.Options.IsSemantic ? Reranked : 0, ct);
        return new([.. hits.Select(h => DocumentForm.HitOf(h.Document, h.Score))], live.Leaf);
    }

    private static async Task<bool> HasSiblingsAsync(SearchClient documents, string filter, CancellationToken ct) =>
        (await DocumentPages.RankedAsync(documents, "*", 0, 1, (_, size) => new() { Filter = $"{filter} and variantOf ne ''", Size = size, Select = { "key" } }, ct)).Found.Count > 0;

    private SearchOptions Options(int form, Question question, ReadOnlyMemory<float>? meaning)
    {
        var isReranked = service.Options.IsSemantic && !question.IsByWordsAlone;
        var options = new SearchOptions { Filter = question.Filter, Skip = question.Skip, Size = question.Size, SearchMode = SearchMode.Any, ScoringProfile = IndexDefinition.Profile };
        foreach (var field in question.Fields) options.Select.Add(field);
        foreach (var field in IndexDefinition.Searched(form)) options.SearchFields.Add(field);
        if (isReranked)
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
        if (meaning is null && !isReranked)
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
        var filter = string.Join(" and ", served.Append(SearchFilter.Create($"model eq {search.Model}")).Append("variantOf ne ''"));
        var replaced = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var sibling in DocumentPages.AllAsync(documents, filter, ["variantOf"], ct)) replaced.Add(DocumentForm.SkillKey(search.Tenant, sibling.GetString("variantOf")));
        return [.. replaced];
    }
}
