using System.Text.Json;
using Azure;
using Azure.Search.Documents;
using Azure.Search.Documents.Models;

namespace Pipeline.Infra.Search.AzureSearch;

/// <summary>Sends documents in batches. The service answers for each of them: what it was too busy for is sent again, and nothing else of the batch.</summary>
internal sealed class DocumentUpload(SearchClient client, TimeProvider time)
{
    // The service takes 1,000 documents and 16 MB.
    private const int MostDocuments = 500;
    private const int MostBytes = 8_000_000;
    private const int MostTries = 6;

    /// <param name="done">Gets by key: empty for what was taken, else why the service will never take it. What it has got stands, whatever is thrown.</param>
    /// <exception cref="UploadIncompleteException">The service stayed too busy for some.</exception>
    public async Task SendAsync(IReadOnlyList<IndexDocumentsAction<SearchDocument>> actions, IDictionary<string, string> done, CancellationToken ct)
    {
        foreach (var batch in Batches(actions)) await SendBatchAsync(batch, done, ct);
    }

    private async Task SendBatchAsync(IReadOnlyList<IndexDocumentsAction<SearchDocument>> batch, IDictionary<string, string> done, CancellationToken ct)
    {
        var left = batch;
        for (var attempt = 1; left.Count > 0; attempt++)
        {
            if (await TryAsync(left, done, ct) is not { } results) return;
            foreach (var result in results)
            {
                if (result.Succeeded) done[result.Key] = "";
                else if (!MayComeLater(result.Status)) done[result.Key] = $"{result.Status}: {Shortened(result.ErrorMessage)}";
            }
            left = [.. left.Where(a => !done.ContainsKey(KeyOf(a)))];
            if (left.Count == 0) return;
            if (attempt == MostTries) throw new UploadIncompleteException(left.Count);
            await Task.Delay(TimeSpan.FromMilliseconds(100 * Math.Pow(3, attempt - 1)), time, ct);
        }
    }

    /// <returns>Null when the batch was too large: its halves have been sent.</returns>
    private async Task<IReadOnlyList<IndexingResult>?> TryAsync(IReadOnlyList<IndexDocumentsAction<SearchDocument>> actions, IDictionary<string, string> done, CancellationToken ct)
    {
        try
        {
            return (await client.IndexDocumentsAsync(IndexDocumentsBatch.Create([.. actions]), new() { ThrowOnAnyError = false }, ct)).Value.Results;
        }
        catch (RequestFailedException e) when (e.Status == 413)
        {
            if (actions is [var only]) done[KeyOf(only)] = "413: the document is too large";
            else foreach (var half in actions.Chunk((actions.Count + 1) / 2)) await SendBatchAsync(half, done, ct);
            return null;
        }
    }

    private static IEnumerable<IReadOnlyList<IndexDocumentsAction<SearchDocument>>> Batches(IEnumerable<IndexDocumentsAction<SearchDocument>> actions)
    {
        var (batch, bytes) = (new List<IndexDocumentsAction<SearchDocument>>(), 0L);
        foreach (var action in actions)
        {
            var size = JsonSerializer.SerializeToUtf8Bytes<IDictionary<string, object>>(action.Document).LongLength;
            if (batch.Count > 0 && (batch.Count == MostDocuments || bytes + size > MostBytes))
            {
                yield return batch;
                (batch, bytes) = ([], 0);
            }
            batch.Add(action);
            bytes += size;
        }
        if (batch.Count > 0) yield return batch;
    }

    private static string KeyOf(IndexDocumentsAction<SearchDocument> action) => action.Document.GetString("key");

    // 409: versions collide; 422: the index is briefly not there; 429 and 503: too busy. The service's documents say to send these again.
    private static bool MayComeLater(int status) => status is 409 or 422 or 429 or >= 500;

    private static string Shortened(string? message) => message is null ? "" : message.Length <= 200 ? message : message[..200];
}

/// <summary>The service stayed too busy for some documents.</summary>
internal sealed class UploadIncompleteException(int left) : Exception($"the search service was too busy for {left} documents");
