using Azure.Search.Documents;
using Azure.Search.Documents.Models;

namespace Pipeline.Infra.Search.AzureSearch;

/// <summary>The hits of one search, of which no more is read than a page needs.</summary>
/// <param name="options">Of one question to the service.</param>
internal sealed class RankedHits(SearchClient documents, string words, SkillSearch search, string filter, Func<Question, SearchOptions> options)
{
    /// <summary>The service passes over no more.</summary>
    public const int MostSkipped = 100_000;

    private static readonly string[] s_order = ["key", "skillId", "variantOf"];
    private static readonly string[] s_shown = [.. s_order, "name", "version", "digest", "description", "environment", "kind", "tier", "model"];

    /// <summary>A page of the service's own order.</summary>
    public async Task<IReadOnlyList<Hit>> PageAsync(CancellationToken ct)
    {
        if (search.Within <= 0) return (await ReadAsync(filter, search.Skip, search.Top, s_shown, ct)).Hits;
        // How far a hit is below the best is known only where the best is seen.
        var (hits, _) = await ReadAsync(filter, 0, Reach(search), s_shown, ct);
        return [.. Near(hits, hits).Skip(search.Skip).Take(search.Top)];
    }

    /// <summary>A page of the order in which siblings stand below their main skills. It begins as the service's does: each hit that keeps its place
    /// there comes with its siblings, wherever by their own scores these are, and is left to its main skill where that is found at all.</summary>
    /// <param name="atLeast">So much of the service's order is read.</param>
    public async Task<IReadOnlyList<Hit>> PageWithSiblingsInPlaceAsync(int atLeast, CancellationToken ct)
    {
        var reach = Reach(search);
        for (var depth = Math.Max(reach, atLeast); ; depth = Math.Min(MostSkipped, 2 * depth))
        {
            var fields = depth > DocumentPages.Size ? s_order : s_shown;
            var (found, areAll) = await ReadAsync(filter, 0, depth, fields, ct);
            var hits = Near(found, found);
            var isWhole = areAll || hits.Count < found.Count || depth == MostSkipped;
            var related = isWhole ? [] : Near(await RelatedAsync(hits, fields, ct), found);
            // A main skill that is not among the hits stands behind all of them, and behind it nothing is known.
            var (keys, ids) = (Distinct(hits, h => h.Key), Distinct(hits, h => h.SkillId));
            var placed = Siblings.BelowTheirMain([.. hits, .. related], h => h.SkillId, h => h.VariantOf).TakeWhile(h => keys.Contains(h.Key) || ids.Contains(h.VariantOf)).ToList();
            if (!isWhole && placed.Count < reach) continue;
            Hit[] page = [.. placed.Skip(search.Skip).Take(search.Top)];
            return fields == s_shown ? page : await ShownAsync(page, ct);
        }
    }

    /// <summary>How many hits there are to the end of the page.</summary>
    public static int Reach(SkillSearch search) => (int)Math.Min(MostSkipped, (long)search.Skip + search.Top);

    private async Task<(IReadOnlyList<Hit> Hits, bool AreAll)> ReadAsync(string narrowed, int skip, int most, IReadOnlyList<string> fields, CancellationToken ct, bool isByWordsAlone = false)
    {
        var (found, areAll) = await DocumentPages.RankedAsync(documents, words, skip, most, (from, size) => options(new(narrowed, from, size, fields, isByWordsAlone)), ct);
        return ([.. found.Select(r => new Hit(r.Document, r.SemanticSearch?.RerankerScore ?? r.Score ?? 0, r.SemanticSearch?.RerankerScore is not null))], areAll);
    }

    // The semantic ranker goes over the best only, and its scores compare with no others.
    private IReadOnlyList<Hit> Near(IReadOnlyList<Hit> hits, IReadOnlyList<Hit> ranking) =>
        search.Within <= 0 ? hits : [.. hits.TakeWhile(h => h.IsReranked == ranking[0].IsReranked && h.Score >= search.Within * ranking[0].Score)];

    /// <summary>What the search finds beside some hits of their siblings and of the main skills of those that are siblings, in their order. None of
    /// them is among the best, which is all that is not ranked by words alone.</summary>
    private async Task<IReadOnlyList<Hit>> RelatedAsync(IReadOnlyList<Hit> hits, IReadOnlyList<string> fields, CancellationToken ct)
    {
        var (keys, ids) = (Distinct(hits, h => h.Key), Distinct(hits, h => h.SkillId));
        List<Hit> related = [];
        foreach (var some in hits.Chunk(DocumentPages.Size))
        {
            var mains = some.Select(h => h.VariantOf).Where(id => id.Length > 0 && !ids.Contains(id)).Distinct(StringComparer.Ordinal).Select(id => DocumentForm.SkillKey(search.Tenant, id));
            var (found, _) = await ReadAsync($"{filter} and ({IsSiblingOf(some.Select(h => h.SkillId))} or search.in(skill, '{string.Join(',', mains)}', ','))", 0, MostSkipped, fields, ct, isByWordsAlone: true);
            related.AddRange(found.Where(h => keys.Add(h.Key)));
        }
        return [.. related.OrderByDescending(h => h.Score)];
    }

    // An id may have any character in it, and a list ends where it has its delimiter.
    private static string IsSiblingOf(IEnumerable<string> ids)
    {
        var all = ids.ToLookup(id => id.Contains('|'));
        return $"({string.Join(" or ", all[true].Select(id => SearchFilter.Create($"variantOf eq {id}")).Prepend(SearchFilter.Create($"(variantOf ne '' and search.in(variantOf, {string.Join('|', all[false])}, '|'))")))})";
    }

    private static HashSet<string> Distinct(IEnumerable<Hit> hits, Func<Hit, string> of) => hits.Select(of).ToHashSet(StringComparer.Ordinal);

    /// <summary>The same hits with all that is shown of them.</summary>
    private async Task<IReadOnlyList<Hit>> ShownAsync(IReadOnlyList<Hit> hits, CancellationToken ct)
    {
        var shown = new Dictionary<string, SearchDocument>(StringComparer.Ordinal);
        foreach (var keys in hits.Select(h => h.Key).Chunk(DocumentPages.Size))
            await foreach (var document in DocumentPages.AllAsync(documents, $"search.in(key, '{string.Join(',', keys)}', ',')", s_shown, ct)) shown[document.GetString("key")] = document;
        return [.. hits.Where(h => shown.ContainsKey(h.Key)).Select(h => h with { Document = shown[h.Key] })];
    }
}

/// <param name="IsByWordsAlone">Whatever else is configured.</param>
internal sealed record Question(string Filter, int Skip, int Size, IReadOnlyList<string> Fields, bool IsByWordsAlone);

internal sealed record Hit(SearchDocument Document, double Score, bool IsReranked)
{
    public string Key => Document.GetString("key");

    public string SkillId => Document.GetString("skillId");

    public string VariantOf => Document.GetString("variantOf");
}
