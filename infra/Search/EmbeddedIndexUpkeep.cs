using Pipeline.Infra.Search.Embeddings;

namespace Pipeline.Infra.Search;

/// <summary>The embedded index follows with each search, so that there is only its embeddings to see to, where they are configured.</summary>
public sealed class EmbeddedIndexUpkeep(EmbeddedSkillIndex index, IndexSource source, SkillEmbeddings embeddings) : IIndexUpkeep
{
    private const string Memory = "memory of this process";

    public string Kind => "embedded";

    public async Task<bool> IsBehindAsync(CancellationToken ct) => embeddings.IsOn && await embeddings.LeafAsync(ct) < await source.LeafAsync(ct);

    public Task<long> PositionAsync(CancellationToken ct) => embeddings.IsOn ? embeddings.LeafAsync(ct) : source.LeafAsync(ct);

    public Task<string> ProblemAsync(CancellationToken ct) => Task.FromResult("");

    public Task<bool> CatchUpAsync(CancellationToken ct) => embeddings.CatchUpAsync(source, ct);

    public async Task<IndexCheck> CheckAsync(bool mend, Action<long, long> progress, CancellationToken ct)
    {
        var gained = mend && await embeddings.RetryRefusedAsync(source, ct);
        var (leaf, documents) = await index.DocumentsAsync(ct);
        var refused = await embeddings.RefusedAsync(ct);
        var there = documents.SelectMany(t => t.Value.Select(d => (Tenant: t.Key, Document: d))).ToDictionary(d => (d.Tenant, d.Document.SkillId, d.Document.Version), d => d.Document);
        var (asked, missing, stale, without) = (0, new List<IndexDifference>(), new List<IndexDifference>(), new List<IndexDifference>());
        await foreach (var skills in source.ChangesAsync(0, leaf, ct: ct))
        {
            foreach (var version in skills.SelectMany(s => s.Versions))
            {
                asked++;
                var difference = new IndexDifference(version.Tenant, version.SkillId, version.Version);
                if (!there.Remove((version.Tenant, version.SkillId, version.Version), out var document)) missing.Add(difference);
                else if (!IsSame(document, new(version))) stale.Add(difference);
                if (refused.Count > 0 && refused.TryGetValue(embeddings.TextDigest(version), out var problem)) without.Add(difference with { Problem = problem });
            }
            progress(skills[^1].Leaf + 1, leaf);
        }
        // A skill that got an event since is no longer among those that were compared, and is not too many for that.
        var leaves = await source.LeavesAsync([.. there.Keys.Select(k => (k.Tenant, k.SkillId)).Distinct()], ct);
        List<IndexDifference> tooMany = [.. there.Keys.Where(k => !(leaves.TryGetValue((k.Tenant, k.SkillId), out var at) && at >= leaf)).Order().Select(k => new IndexDifference(k.Tenant, k.SkillId, k.Version))];
        var differences = missing.Count + stale.Count + tooMany.Count;
        if (gained || (mend && differences > 0)) await index.RebuildAsync((_, _) => { }, ct);
        return new(Kind, Memory, leaf, asked, missing, stale, tooMany, mend ? differences : 0) { WithoutEmbedding = without };
    }

    public async Task<IndexRebuilt> RebuildAsync(Action<long, long> progress, CancellationToken ct)
    {
        try
        {
            await embeddings.RetryRefusedAsync(source, ct);
        }
        catch (SearchUnavailableException)
        {
            // By words it can be built all the same.
        }
        var leaf = await index.RebuildAsync(progress, ct);
        return new(Kind, Memory, Memory, leaf, (await index.DocumentsAsync(ct)).Documents.Values.Sum(d => d.Count));
    }

    private static bool IsSame(SkillDocument there, SkillDocument asked) =>
        there.Digest == asked.Digest && there.Kind == asked.Kind && there.Name == asked.Name && there.Description == asked.Description && there.Environment == asked.Environment && there.Tier == asked.Tier
        && there.Model == asked.Model && there.VariantOf == asked.VariantOf && there.Aliases.SequenceEqual(asked.Aliases, StringComparer.Ordinal) && there.Lengths.SequenceEqual(asked.Lengths)
        && there.Counts.Count == asked.Counts.Count && there.Counts.All(c => asked.Counts.TryGetValue(c.Key, out var counts) && counts.AsSpan().SequenceEqual(c.Value));
}
