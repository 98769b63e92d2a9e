using System.Runtime.CompilerServices;
using Azure.Search.Documents;
using Azure.Search.Documents.Models;

namespace Pipeline.Infra.Search.AzureSearch;

/// <summary>Reads documents whichever their number: the service gives a thousand at a time.</summary>
internal static class DocumentPages
{
    public const int Size = 1_000;

    /// <summary>All that a filter lets through, in the order of their keys: by key from page to page, for the service passes over no more than 100,000.</summary>
    /// <param name="filter">Empty: all.</param>
    /// <param name="fields">Which are wanted beside the key.</param>
    public static async IAsyncEnumerable<SearchDocument> AllAsync(SearchClient documents, string filter, IEnumerable<string> fields, [EnumeratorCancellation] CancellationToken ct)
    {
        var select = fields.Append("key").ToList();
        for (var last = ""; ;)
        {
            var beyond = SearchFilter.Create($"key gt {last}");
            var options = new SearchOptions { Filter = filter.Length == 0 ? beyond : $"{beyond} and {filter}", OrderBy = { "key" }, Size = Size };
            foreach (var field in select) options.Select.Add(field);
            var count = 0;
            await foreach (var result in FirstAsync(documents, "*", options, ct))
            {
                last = result.Document.GetString("key");
                count++;
                yield return result.Document;
            }
            if (count == 0) yield break;
        }
    }

    /// <summary>The best for a query, in their order, each of them once: the index may change between two pages.</summary>
    /// <param name="page">The options of a search from one hit on, for so many.</param>
    /// <returns>Them, and whether there are no others.</returns>
    public static async Task<(IReadOnlyList<SearchResult<SearchDocument>> Found, bool AreAll)> RankedAsync(SearchClient documents, string words, int skip, int most, Func<int, int, SearchOptions> page, CancellationToken ct)
    {
        List<SearchResult<SearchDocument>> found = [];
        var areAll = false;
        while (found.Count < most && !areAll)
        {
            var (before, size) = (found.Count, Math.Min(Size, most - found.Count));
            await foreach (var result in FirstAsync(documents, words, page(skip + before, size), ct)) found.Add(result);
            areAll = found.Count < before + size;
        }
        return ([.. found.DistinctBy(r => r.Document.GetString("key"), StringComparer.Ordinal)], areAll);
    }

    // The client would go on to what the service calls the next page.
    private static async IAsyncEnumerable<SearchResult<SearchDocument>> FirstAsync(SearchClient documents, string words, SearchOptions options, [EnumeratorCancellation] CancellationToken ct)
    {
        var response = await documents.SearchAsync<SearchDocument>(words, options, ct);
        var left = options.Size!.Value;
        if (left == 0) yield break;
        await foreach (var result in response.Value.GetResultsAsync().WithCancellation(ct))
        {
            yield return result;
            if (--left == 0) yield break;
        }
    }
}
