using Azure.Search.Documents;

namespace Pipeline.Infra.Search.AzureSearch;

/// <summary>Looks for documents where searches find them. What the service took is seen there a moment later, mostly within a second or two, so
/// that who looks at once takes for a difference what is none.</summary>
/// <param name="pauses">Between looks, for as long as this lives: what has been waited for once need not be again.</param>
internal sealed class Visibility(SearchClient documents, TimeProvider time, IReadOnlyList<TimeSpan> pauses)
{
    private int _paused;

    /// <summary>For who compares.</summary>
    public static IReadOnlyList<TimeSpan> Moment { get; } = [.. new[] { 0.5, 1, 1.5, 2, 2.5, 2.5 }.Select(TimeSpan.FromSeconds)];

    /// <summary>For who has put in a whole index.</summary>
    public static IReadOnlyList<TimeSpan> Minute { get; } = [.. Enumerable.Repeat(TimeSpan.FromSeconds(1), 60)];

    /// <summary>Looks again at what is not as it should be, until it is or patience ends.</summary>
    /// <param name="wanted">By key the stamp; null: it should be gone.</param>
    /// <returns>Those that still are not, with the stamp that is there; null where none is.</returns>
    public async Task<IReadOnlyDictionary<string, string?>> LookAgainAsync(IReadOnlyDictionary<string, string?> wanted, CancellationToken ct)
    {
        for (var left = wanted.Keys.ToList(); left.Count > 0;)
        {
            var there = await StampsAsync(left, ct);
            left.RemoveAll(key => there.GetValueOrDefault(key) == wanted[key]);
            if (left.Count > 0 && !await PausedAsync(ct)) return left.ToDictionary(key => key, there.GetValueOrDefault, StringComparer.Ordinal);
        }
        return new Dictionary<string, string?>(StringComparer.Ordinal);
    }

    /// <summary>Waits until there are so many documents, or patience ends.</summary>
    /// <returns>How many there are.</returns>
    public async Task<long> CountAsync(long wanted, CancellationToken ct)
    {
        while (true)
        {
            var found = await documents.SearchAsync<object>("*", new() { Size = 0, IncludeTotalCount = true }, ct);
            if (found.Value.TotalCount is { } count && (count >= wanted || !await PausedAsync(ct))) return count;
        }
    }

    private async Task<bool> PausedAsync(CancellationToken ct)
    {
        if (_paused == pauses.Count) return false;
        await Task.Delay(pauses[_paused++], time, ct);
        return true;
    }

    private async Task<Dictionary<string, string?>> StampsAsync(IEnumerable<string> keys, CancellationToken ct)
    {
        var there = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var some in keys.Chunk(DocumentPages.Size))
            await foreach (var document in DocumentPages.AllAsync(documents, $"search.in(key, '{string.Join(',', some)}', ',')", ["stamp"], ct))
                there[document.GetString("key")] = document.GetString("stamp") ?? "";
        return there;
    }
}
