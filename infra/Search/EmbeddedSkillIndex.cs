using System.Collections.Concurrent;
using System.Collections.Immutable;
using Npgsql;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.ReadModels;
using Pipeline.Infra.Search.Embeddings;

namespace Pipeline.Infra.Search;

/// <summary>An index in memory, for thousands of skills. It follows the skill catalogue by leaf: each search first takes in what
/// the catalogue has got since the last one.</summary>
/// <param name="embeddings">Where meaning is to count beside words; null: words only.</param>
public sealed class EmbeddedSkillIndex(NpgsqlDataSource dataSource, EventStore store, SkillEmbeddings? embeddings = null) : ISkillIndex, IDisposable
{
    private readonly IndexSource _source = new(dataSource, store);
    private readonly SemaphoreSlim _refreshing = new(1);
    private volatile Snapshot _snapshot = Snapshot.Empty;

    public async Task<AtLeaf<IReadOnlyList<SkillHit>>> SearchAsync(SkillSearch search, CancellationToken cancellationToken = default)
    {
        var snapshot = await RefreshAsync(cancellationToken);
        if (!snapshot.Tenants.TryGetValue(search.Tenant, out var tenant)) return new([], snapshot.Leaf);
        var index = tenant.Of(search.Alias);
        bool IsServed(SkillDocument d) => d.Aliases.Contains(search.Outside.ContainsKey(d.SkillId) ? ServingRule.ToOthers(search.Alias) : search.Alias, StringComparer.Ordinal);
        var isFor = Siblings.For(index.Documents.Where(d => IsServed(d) && d.Tier >= search.LeastTier), search.Model);
        bool IsWanted(SkillDocument d) => IsServed(d) && isFor(d) && d.Tier >= search.LeastTier && (search.Environment.Length == 0 || d.Environment == search.Environment);

        // Siblings stand where their main skill does: only the whole order says what is on which page.
        var depth = index.HasSiblings ? int.MaxValue : (int)Math.Min(int.MaxValue, (long)search.Skip + search.Top);
        // Ranks of two orders are joined: every page must be cut from the same whole.
        var joined = index.HasSiblings ? int.MaxValue : RankFusion.Depth;
        var meaning = embeddings is { IsOn: true } ? await embeddings.OfQueryAsync(search.Text, cancellationToken) : null;
        var found = meaning is { } vector
            ? RankFusion.Fuse(Near(index.Search(search.Text, joined, IsWanted), search.Within), Near(Nearest(index, vector, joined, IsWanted), search.Within))
            : Near(index.Search(search.Text, depth, IsWanted), search.Within);
        return new([.. Siblings.BelowTheirMain(found).Skip(search.Skip).Take(search.Top).Select(f => HitOf(f.Document, f.Score))], snapshot.Leaf);
    }

    public void Dispose() => _refreshing.Dispose();

    /// <summary>The documents as they are now, by tenant, after taking in what there is.</summary>
    internal async Task<(long Leaf, IReadOnlyDictionary<string, IReadOnlyCollection<SkillDocument>> Documents)> DocumentsAsync(CancellationToken ct)
    {
        var snapshot = await RefreshAsync(ct);
        return (snapshot.Leaf, snapshot.Tenants.ToDictionary(t => t.Key, IReadOnlyCollection<SkillDocument> (t) => [.. t.Value.Skills.Values.SelectMany(v => v)], StringComparer.Ordinal));
    }

    /// <summary>The words as they are weighed now.</summary>
    internal InvertedIndex Weighed(string tenant, string alias) => _snapshot.Tenants[tenant].Of(alias);

    /// <summary>Reads everything anew beside what is searched meanwhile, and puts it in its place.</summary>
    internal async Task<long> RebuildAsync(Action<long, long> progress, CancellationToken ct)
    {
        var built = await TakeInAsync(Snapshot.Empty, await _source.LeafAsync(ct), await VectorsLeafAsync(ct), progress, ct);
        await _refreshing.WaitAsync(ct);
        try
        {
            // What came meanwhile comes with the next search.
            _snapshot = built;
            return built.Leaf;
        }
        finally
        {
            _refreshing.Release();
        }
    }

    private static SkillHit HitOf(SkillDocument d, double score) => new(d.SkillId, d.Name, d.Version, d.Digest, d.Description, score)
    {
        Environment = d.Environment,
        Kind = d.Kind,
        Tier = d.Tier,
        VariantOf = d.VariantOf,
        Model = d.Model,
    };

    private static IReadOnlyList<(SkillDocument Document, double Score)> Near(IReadOnlyList<(SkillDocument Document, double Score)> found, double within) =>
        found.Count == 0 || within <= 0 ? found : [.. found.TakeWhile(f => f.Score >= within * found[0].Score)];

    private static IReadOnlyList<(SkillDocument Document, double Score)> Nearest(InvertedIndex index, ReadOnlyMemory<float> query, int top, Func<SkillDocument, bool> isWanted) =>
        [.. index.Documents.Where(d => d.Vector is not null && isWanted(d)).Select(d => (Document: d, Score: RankFusion.Cosine(query.Span, d.Vector!.Value.Span))).Where(d => d.Score > 0)
            .OrderByDescending(d => d.Score).ThenBy(d => d.Document.Name, StringComparer.Ordinal).ThenBy(d => d.Document.SkillId, StringComparer.Ordinal).Take(top)];

    private async Task<Snapshot> RefreshAsync(CancellationToken ct)
    {
        // Read before the rows: what comes in between is then read twice, and nothing never.
        var (leaf, vectors) = (await _source.LeafAsync(ct), await VectorsLeafAsync(ct));
        if (leaf <= _snapshot.Leaf && vectors <= _snapshot.VectorsLeaf) return _snapshot;
        await _refreshing.WaitAsync(ct);
        try
        {
            var old = _snapshot;
            if (leaf <= old.Leaf && vectors <= old.VectorsLeaf) return old;
            return _snapshot = await TakeInAsync(old, Math.Max(leaf, old.Leaf), Math.Max(vectors, old.VectorsLeaf), (_, _) => { }, ct);
        }
        finally
        {
            _refreshing.Release();
        }
    }

    private async Task<long> VectorsLeafAsync(CancellationToken ct) => embeddings is { IsOn: true } ? await embeddings.LeafAsync(ct) : 0;

    private async Task<Snapshot> TakeInAsync(Snapshot old, long leaf, long vectorsLeaf, Action<long, long> progress, CancellationToken ct)
    {
        var tenants = old.Tenants.ToDictionary(t => t.Key, t => t.Value.Skills.ToBuilder(), StringComparer.Ordinal);
        // Most events change nothing that is searched, and to weigh all words anew takes a while.
        var changed = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var skills in _source.ChangesAsync(old.Leaf, leaf, v => Known(old, v) is not null, ct))
        {
            foreach (var skill in skills)
            {
                if (!tenants.TryGetValue(skill.Tenant, out var of)) tenants[skill.Tenant] = of = ImmutableDictionary.CreateBuilder<string, ImmutableArray<SkillDocument>>(StringComparer.Ordinal);
                ImmutableArray<SkillDocument> documents = [.. skill.Versions.Select(v => Known(old, v) ?? DocumentOf(v))];
                if (of.TryGetValue(skill.SkillId, out var before) ? before.Length == documents.Length && before.Zip(documents).All(d => ReferenceEquals(d.First, d.Second)) : documents.IsEmpty) continue;
                changed.Add(skill.Tenant);
                if (documents.IsEmpty) of.Remove(skill.SkillId);
                else of[skill.SkillId] = documents;
            }
            progress(skills[^1].Leaf + 1, leaf);
        }
        if (embeddings is { IsOn: true })
            foreach (var (tenant, of) in tenants)
                if (await AddVectorsAsync(of, ct)) changed.Add(tenant);
        return new(leaf, vectorsLeaf, tenants.ToImmutableDictionary(
            t => t.Key,
            t => changed.Contains(t.Key) || !old.Tenants.TryGetValue(t.Key, out var standing) ? new TenantIndex(t.Value.ToImmutable()) : standing,
            StringComparer.Ordinal));
    }

    private SkillDocument DocumentOf(IndexedVersion version) =>
        embeddings is { IsOn: true } ? new(version) { TextDigest = IndexedVersion.DigestOf(version.EmbeddedText(embeddings.MostCharacters)) } : new(version);

    /// <returns>Whether there were any.</returns>
    private async Task<bool> AddVectorsAsync(ImmutableDictionary<string, ImmutableArray<SkillDocument>>.Builder skills, CancellationToken ct)
    {
        var without = skills.Where(s => s.Value.Any(d => d.Vector is null)).ToList();
        var vectors = await embeddings!.StoredAsync([.. without.SelectMany(s => s.Value).Where(d => d.Vector is null).Select(d => d.TextDigest).Distinct(StringComparer.Ordinal)], ct);
        if (vectors.Count == 0) return false;
        foreach (var (id, versions) in without)
            skills[id] = [.. versions.Select(d => d.Vector is null && vectors.TryGetValue(d.TextDigest, out var vector) ? d with { Vector = vector } : d)];
        return true;
    }

    // An alias that moved or a vote that was cast changes a skill and nothing of the text that is searched.
    private static SkillDocument? Known(Snapshot old, IndexedVersion version) =>
        old.Tenants.TryGetValue(version.Tenant, out var tenant) && tenant.Skills.TryGetValue(version.SkillId, out var versions)
        && versions.FirstOrDefault(d => d.Version == version.Version && d.Digest == version.Digest) is { } known
            ? known.Tier == version.Tier && known.Aliases.SequenceEqual(version.Aliases, StringComparer.Ordinal) ? known : known with { Tier = version.Tier, Aliases = version.Aliases }
            : null;

    private sealed record Snapshot(long Leaf, long VectorsLeaf, ImmutableDictionary<string, TenantIndex> Tenants)
    {
        public static Snapshot Empty { get; } = new(0, 0, ImmutableDictionary.Create<string, TenantIndex>(StringComparer.Ordinal));
    }

    /// <summary>An index for each alias that is asked for, so that how rare a word is does not depend on versions that are not searched.</summary>
    private sealed class TenantIndex(ImmutableDictionary<string, ImmutableArray<SkillDocument>> skills)
    {
        private readonly ConcurrentDictionary<string, Lazy<InvertedIndex>> _byAlias = new(StringComparer.Ordinal);

        public ImmutableDictionary<string, ImmutableArray<SkillDocument>> Skills { get; } = skills;

        // Who asks for aliases that nothing has must not fill the memory.
        public InvertedIndex Of(string alias) => Pointed(alias).Any()
            ? _byAlias.GetOrAdd(alias, a => new(() => new(Pointed(a)))).Value
            : InvertedIndex.Empty;

        // With what is for those outside of its share: which of both a caller gets, the search says.
        private IEnumerable<SkillDocument> Pointed(string alias)
        {
            var toOthers = ServingRule.ToOthers(alias);
            return Skills.Values.SelectMany(v => v).Where(d => d.Aliases.Any(a => a == alias || a == toOthers));
        }
    }
}
