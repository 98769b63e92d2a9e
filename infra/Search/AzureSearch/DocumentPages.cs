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

    /// <summary>The best for a query, in their order.</summary>
    /// <param name="page">The options of a search from one hit on, for so many.</param>
    public static async Task<List<SearchResult<SearchDocument>>> RankedAsync(SearchClient documents, string words, int skip, int most, Func<int, int, SearchOptions> page, CancellationToken ct)
    {
        List<SearchResult<SearchDocument>> found = [];
        while (found.Count < most)
        {
            var (before, size) = (found.Count, Math.Min(Size, most - found.Count));
            await foreach (var result in FirstAsync(documents, words, page(skip + before, size), ct)) found.Add(result);
            if (found.Count < before + size) break;
        }
        return found;
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
