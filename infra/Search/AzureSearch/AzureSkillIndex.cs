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
    private static readonly string[] s_order = ["key", "skillId", "variantOf"];
    private static readonly string[] s_shown = [.. s_order, "name", "version", "digest", "description", "environment", "kind", "tier", "model"];

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
        // Siblings stand where their main skill does: only the whole order says what is on which page.
        var isWhole = search.Model.Length == 0 && await HasSiblingsAsync(documents, filter, ct);
        // How far a hit is below the best is known only where the best is seen.
        var (skip, most) = isWhole ? (0, MostSkipped) : search.Within > 0 ? (0, search.Skip + search.Top) : (search.Skip, search.Top);
        var results = await DocumentPages.RankedAsync(documents, words, skip, most, (from, size) => Options(live.Form, filter, from, size, meaning, isWhole ? s_order : s_shown), ct);
        List<Hit> hits = results.ConvertAll(r => new Hit(r.Document, r.SemanticSearch?.RerankerScore ?? r.Score ?? 0, r.SemanticSearch?.RerankerScore is not null));
        // The semantic ranker goes over the best only, and its scores compare with no others.
        if (search.Within > 0) hits = [.. hits.TakeWhile(h => h.IsReranked == hits[0].IsReranked && h.Score >= search.Within * hits[0].Score)];
        if (isWhole) hits = [.. Siblings.BelowTheirMain(hits, h => h.Document.GetString("skillId"), h => h.Document.GetString("variantOf"))];
        if (isWhole || search.Within > 0) hits = [.. hits.Skip(search.Skip).Take(search.Top)];
        return new([.. (isWhole ? await ShownAsync(documents, hits, ct) : hits).Select(h => DocumentForm.HitOf(h.Document, h.Score))], live.Leaf);
    }

    /// <summary>The same hits with all that is shown of them.</summary>
    private static async Task<IReadOnlyList<Hit>> ShownAsync(SearchClient documents, IReadOnlyList<Hit> hits, CancellationToken ct)
    {
        var shown = new Dictionary<string, SearchDocument>(StringComparer.Ordinal);
        foreach (var keys in hits.Select(h => h.Key).Chunk(DocumentPages.Size))
            await foreach (var document in DocumentPages.AllAsync(documents, $"search.in(key, '{string.Join(',', keys)}', ',')", s_shown, ct)) shown[document.GetString("key")] = document;
        return [.. hits.Where(h => shown.ContainsKey(h.Key)).Select(h => h with { Document = shown[h.Key] })];
    }

    private static async Task<bool> HasSiblingsAsync(SearchClient documents, string filter, CancellationToken ct) =>
        (await DocumentPages.RankedAsync(documents, "*", 0, 1, (_, size) => new() { Filter = $"{filter} and variantOf ne ''", Size = size, Select = { "key" } }, ct)).Count > 0;

    private SearchOptions Options(int form, string filter, int skip, int size, ReadOnlyMemory<float>? meaning, IEnumerable<string> fields)
    {
        var options = new SearchOptions { Filter = filter, Skip = skip, Size = size, SearchMode = SearchMode.Any, ScoringProfile = IndexDefinition.Profile };
        foreach (var field in fields) options.Select.Add(field);
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
        var filter = string.Join(" and ", served.Append(SearchFilter.Create($"model eq {search.Model}")).Append("variantOf ne ''"));
        var replaced = new SortedSet<string>(StringComparer.Ordinal);
        await foreach (var sibling in DocumentPages.AllAsync(documents, filter, ["variantOf"], ct)) replaced.Add(DocumentForm.SkillKey(search.Tenant, sibling.GetString("variantOf")));
        return [.. replaced];
    }

    private sealed record Hit(SearchDocument Document, double Score, bool IsReranked)
    {
        public string Key => Document.GetString("key");
    }
}
