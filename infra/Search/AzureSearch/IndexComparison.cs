using Azure.Search.Documents;
using Azure.Search.Documents.Models;
using Pipeline.Infra.Search.Embeddings;

namespace Pipeline.Infra.Search.AzureSearch;

/// <summary>Compares what the service really has with what the ledger asks for, document by document, and puts it right where that is wanted.</summary>
internal sealed class IndexComparison(SearchClient documents, IndexLog log, IndexSource source, SkillEmbeddings embeddings, IndexDefinition definition, TimeProvider time)
{
    private const int PageSize = 1_000;

    public async Task<IndexCheck> RunAsync(string kind, LoggedIndex live, bool mend, Action<long, long> progress, CancellationToken ct)
    {
        var there = await ThereAsync(ct);
        var writer = new IndexWriter(documents, live.Name, log, embeddings, definition.Digest, time);
        var (leaf, asked, mended) = (await source.LeafAsync(ct), 0, 0);
        List<IndexDifference> missing = [], stale = [];
        await foreach (var skills in source.ChangesAsync(0, leaf, ct: ct))
        {
            var forms = await IndexWriter.FormsAsync([.. skills.SelectMany(s => s.Versions)], embeddings, definition.Digest, ct);
            var logged = await log.DocumentsAsync(live.Name, [.. skills.Select(s => (s.Tenant, s.SkillId))], ct);
            var wrong = new HashSet<string>(StringComparer.Ordinal);
            foreach (var form in forms)
            {
                asked++;
                var difference = new IndexDifference(form.Version.Tenant, form.Version.SkillId, form.Version.Version, logged.GetValueOrDefault(form.Key)?.Problem ?? "");
                if (!there.Remove(form.Key, out var found)) missing.Add(difference);
                else if (found.Stamp != form.Stamp) stale.Add(difference);
                else continue;
                wrong.Add(form.Key);
            }
            if (mend && wrong.Count > 0)
            {
                await writer.WriteAsync(skills, ct, wrong);
                var now = await log.DocumentsAsync(live.Name, [.. skills.Select(s => (s.Tenant, s.SkillId))], ct);
                mended += wrong.Count(k => now.GetValueOrDefault(k)?.State == LoggedDocument.There);
            }
            progress(skills[^1].Leaf + 1, leaf);
        }
        List<IndexDifference> tooMany = [.. there.OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => new IndexDifference(d.Value.Tenant, d.Value.SkillId, d.Value.Version))];
        if (mend && there.Count > 0)
        {
            await writer.RemoveAsync([.. there.Keys], ct);
            mended += there.Count;
        }
        return new(kind, live.Name, leaf, asked, missing, stale, tooMany, mended);
    }

    // By key from page to page: the service passes over no more than 100,000 documents.
    private async Task<Dictionary<string, (string Tenant, string SkillId, int Version, string Stamp)>> ThereAsync(CancellationToken ct)
    {
        var there = new Dictionary<string, (string, string, int, string)>(StringComparer.Ordinal);
        for (var last = ""; ;)
        {
            var options = new SearchOptions { Filter = SearchFilter.Create($"key gt {last}"), OrderBy = { "key" }, Size = PageSize, Select = { "key", "tenant", "skillId", "version", "stamp" } };
            var response = await documents.SearchAsync<SearchDocument>("*", options, ct);
            var before = there.Count;
            await foreach (var result in response.Value.GetResultsAsync().WithCancellation(ct))
            {
                var d = result.Document;
                there[last = d.GetString("key")] = (d.GetString("tenant"), d.GetString("skillId"), d.GetInt32("version") ?? 0, d.GetString("stamp") ?? "");
                if (there.Count - before == PageSize) break;
            }
            if (there.Count == before) return there;
        }
    }
}
