using Azure.Search.Documents;
using Azure.Search.Documents.Models;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Search.Embeddings;

namespace Pipeline.Infra.Search.AzureSearch;

/// <summary>Compares what the service really has with what the ledger asks for, document by document, and puts it right where that is wanted. What
/// changes meanwhile is passed over: it comes in with the next look at the ledger, from the index's own position. What was just sent is waited for.</summary>
internal sealed class IndexComparison(SearchClient documents, IndexWriter writer, IndexLog log, IndexSource source, SkillEmbeddings embeddings, IndexDefinition definition, TimeProvider time)
{
    private readonly Visibility _visibility = new(documents, time, Visibility.Moment);

    public async Task<IndexCheck> RunAsync(string kind, LoggedIndex live, bool mend, Action<long, long> progress, CancellationToken ct)
    {
        var there = await ThereAsync(ct);
        var (leaf, asked, mended) = (live.Leaf, 0, 0);
        List<IndexDifference> missing = [], stale = [], without = [];
        var refused = await embeddings.RefusedAsync(ct);
        await foreach (var skills in source.ChangesAsync(0, leaf, ct: ct))
        {
            var forms = await IndexWriter.FormsAsync([.. skills.SelectMany(s => s.Versions)], embeddings, definition.Digest, ct);
            var logged = await log.DocumentsAsync(live.Name, [.. skills.Select(s => (s.Tenant, s.SkillId))], ct);
            var suspect = forms.Where(f => !there.Remove(f.Key, out var found) || found.Stamp != f.Stamp).ToDictionary(f => f.Key, f => (string?)f.Stamp, StringComparer.Ordinal);
            var wrong = await _visibility.LookAgainAsync(suspect, ct);
            foreach (var form in forms)
            {
                asked++;
                var difference = new IndexDifference(form.Version.Tenant, form.Version.SkillId, form.Version.Version, logged.GetValueOrDefault(form.Key)?.Problem ?? "");
                if (refused.Count > 0 && refused.TryGetValue(embeddings.TextDigest(form.Version), out var problem)) without.Add(difference with { Problem = problem });
                if (wrong.TryGetValue(form.Key, out var found)) (found is null ? missing : stale).Add(difference);
            }
            if (mend && wrong.Count > 0)
            {
                await writer.WriteAsync(skills, ct, wrong.Keys.ToHashSet(StringComparer.Ordinal));
                var now = await log.DocumentsAsync(live.Name, [.. skills.Select(s => (s.Tenant, s.SkillId))], ct);
                mended += wrong.Keys.Count(k => now.GetValueOrDefault(k)?.State == LoggedDocument.There);
            }
            progress(skills[^1].Leaf + 1, leaf);
        }
        var stillThere = await _visibility.LookAgainAsync(there.Keys.ToDictionary(k => k, _ => (string?)null, StringComparer.Ordinal), ct);
        var left = await WithoutMovedAsync(there.Where(d => stillThere.ContainsKey(d.Key)).ToDictionary(StringComparer.Ordinal), live, ct);
        List<IndexDifference> tooMany = [.. left.Select(d => new IndexDifference(d.Value.Tenant, d.Value.SkillId, d.Value.Version))];
        if (mend && left.Count > 0) mended += await writer.RemoveAsync([.. left.Select(d => d.Key)], ct);
        return new(kind, live.Name, leaf, asked, missing, stale, tooMany, mended) { WithoutEmbedding = without };
    }

    // A skill that got an event since is no longer among those that were compared, and its documents are not too many for that.
    private async Task<List<KeyValuePair<string, (string Tenant, string SkillId, int Version, string Stamp)>>> WithoutMovedAsync(
        Dictionary<string, (string Tenant, string SkillId, int Version, string Stamp)> left, LoggedIndex live, CancellationToken ct)
    {
        var logged = await log.DocumentsAsync(live.Name, left.Keys, ct);
        var skills = left.ToDictionary(
            d => d.Key,
            d => logged.TryGetValue(d.Key, out var row) ? (row.Tenant, row.SkillId) : (StorableText.Of(d.Value.Tenant), StorableText.Of(d.Value.SkillId)),
            StringComparer.Ordinal);
        var leaves = await source.LeavesAsync([.. skills.Values.Distinct()], ct);
        return [.. left.Where(d => !(leaves.TryGetValue(skills[d.Key], out var at) && at >= live.Leaf)).OrderBy(d => d.Key, StringComparer.Ordinal)];
    }

    private async Task<Dictionary<string, (string Tenant, string SkillId, int Version, string Stamp)>> ThereAsync(CancellationToken ct)
    {
        var there = new Dictionary<string, (string, string, int, string)>(StringComparer.Ordinal);
        await foreach (var d in DocumentPages.AllAsync(documents, "", ["tenant", "skillId", "version", "stamp"], ct))
            there[d.GetString("key")] = (d.GetString("tenant"), d.GetString("skillId"), d.GetInt32("version") ?? 0, d.GetString("stamp") ?? "");
        return there;
    }
}
