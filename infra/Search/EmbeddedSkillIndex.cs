using System.Collections.Immutable;
using Npgsql;
using Pipeline.Domain.Skills;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Infra.Search;

/// <summary>An index in memory, for thousands of skills. It follows the skill catalogue by leaf: each search first takes in what
/// the catalogue has got since the last one.</summary>
public sealed class EmbeddedSkillIndex(NpgsqlDataSource dataSource, EventStore store) : ISkillIndex, IDisposable
{
    private const string Catalogue = "skill_catalogue";
    private const int ContentsAtOnce = 200;

    private readonly SemaphoreSlim _refreshing = new(1);
    private volatile Snapshot _snapshot = new(0, ImmutableDictionary<string, TenantIndex>.Empty);

    public async Task<AtLeaf<IReadOnlyList<SkillHit>>> SearchAsync(SkillSearch search, CancellationToken cancellationToken = default)
    {
        var snapshot = await RefreshAsync(cancellationToken);
        if (!snapshot.Tenants.TryGetValue(search.Tenant, out var tenant)) return new([], snapshot.Leaf);
        var isFor = Siblings.For(tenant.Documents.Values, search.Model);
        var found = tenant.Index.Value.Search(
            search.Text, search.Top, d => isFor(d) && (search.Environment.Length == 0 || d.Environment == search.Environment));
        return new(
            [.. Siblings.BelowTheirMain([.. found.Where(f => f.Score >= search.Within * found[0].Score)])
                .Select(f => new SkillHit(f.Document.SkillId, f.Document.Name, f.Document.Version, f.Document.Digest, f.Document.Description, f.Score) { VariantOf = f.Document.VariantOf, Model = f.Document.Model })],
            snapshot.Leaf);
    }

    public void Dispose() => _refreshing.Dispose();

    private async Task<Snapshot> RefreshAsync(CancellationToken cancellationToken)
    {
        // Read before the rows: what comes in between is then read twice, and nothing never.
        var leaf = await PositionAsync(cancellationToken);
        if (leaf <= _snapshot.Leaf) return _snapshot;
        await _refreshing.WaitAsync(cancellationToken);
        try
        {
            var old = _snapshot;
            return leaf <= old.Leaf ? old : _snapshot = await TakeInAsync(old, leaf, cancellationToken);
        }
        finally
        {
            _refreshing.Release();
        }
    }

    private async Task<long> PositionAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SqlText.Of("projection_position"));
        command.Parameters.AddText(Catalogue);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task<Snapshot> TakeInAsync(Snapshot old, long leaf, CancellationToken cancellationToken)
    {
        var changes = await ChangesAsync(old.Leaf, cancellationToken);
        var documents = await DocumentsAsync(old, changes, cancellationToken);
        var tenants = old.Tenants;
        foreach (var of in changes.GroupBy(c => c.Tenant, StringComparer.Ordinal))
        {
            var next = (tenants.GetValueOrDefault(of.Key)?.Documents ?? ImmutableDictionary.Create<string, SkillDocument>(StringComparer.Ordinal)).ToBuilder();
            foreach (var change in of)
            {
                if (documents.TryGetValue(change, out var document)) next[change.SkillId] = document;
                else next.Remove(change.SkillId);
            }
            tenants = tenants.SetItem(of.Key, new(next.ToImmutable()));
        }
        return new(leaf, tenants);
    }

    /// <summary>The documents of those changes that leave something to serve.</summary>
    private async Task<Dictionary<Change, SkillDocument>> DocumentsAsync(Snapshot old, List<Change> changes, CancellationToken cancellationToken)
    {
        var documents = new Dictionary<Change, SkillDocument>();
        foreach (var chunk in changes.Where(c => c.Served is not null).Chunk(ContentsAtOnce))
        {
            var changed = Array.FindAll(chunk, c => Known(old, c) is null);
            var texts = await TextsAsync([.. changed.Select(c => c.Served!.SkillFile).OfType<string>().Distinct()], cancellationToken);
            foreach (var change in chunk) documents[change] = Known(old, change) ?? Document(change, texts);
        }
        return documents;
    }

    // One content that was altered must not keep all the others from being found.
    private async Task<IReadOnlyDictionary<string, byte[]>> TextsAsync(IReadOnlyList<string> digests, CancellationToken cancellationToken)
    {
        try
        {
            return await store.ReadContentsAsync(digests, cancellationToken);
        }
        catch (ContentCorruptedException)
        {
            if (digests.Count == 1) return ImmutableDictionary<string, byte[]>.Empty;
            var texts = new Dictionary<string, byte[]>(StringComparer.Ordinal);
            foreach (var digest in digests)
                foreach (var (sound, text) in await TextsAsync([digest], cancellationToken)) texts[sound] = text;
            return texts;
        }
    }

    // An alias that moved or a vote that was cast changes a skill and nothing that is searched.
    private static SkillDocument? Known(Snapshot old, Change change) =>
        old.Tenants.TryGetValue(change.Tenant, out var tenant)
        && tenant.Documents.TryGetValue(change.SkillId, out var document)
        && document.Version == change.Served!.Version && document.Digest == change.Served.Digest
            ? document
            : null;

    // A content that is gone (erased) or altered leaves name and description to be found by.
    private static SkillDocument Document(Change change, IReadOnlyDictionary<string, byte[]> texts)
    {
        var served = change.Served!;
        var text = served.SkillFile is { } file && texts.TryGetValue(file, out var content) ? SkillDocument.TextOf(content) : "";
        return new(change.SkillId, change.Name, served.Version, served.Digest, served.Description, change.Environment, text, change.Kind) { VariantOf = change.VariantOf, Model = change.Model };
    }

    private async Task<List<Change>> ChangesAsync(long fromLeaf, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SqlText.Of("skill_index_changes"));
        command.Parameters.AddNumber(fromLeaf);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<Change> changes = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            var skillFile = await reader.IsDBNullAsync(6, cancellationToken) ? null : reader.GetString(6);
            var served = await reader.IsDBNullAsync(7, cancellationToken)
                ? null
                : new Served(reader.GetInt32(7), reader.GetString(4), reader.GetString(5), skillFile);
            changes.Add(new(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), KindOf(reader.GetString(8)), served, reader.GetString(9), reader.GetString(10)));
        }
        return changes;
    }

    private static SkillKind KindOf(string kind) => Enum.Parse<SkillKind>(kind, ignoreCase: true);

    private sealed record Change(string Tenant, string SkillId, string Name, string Environment, SkillKind Kind, Served? Served, string VariantOf, string Model);

    private sealed record Served(int Version, string Digest, string Description, string? SkillFile);

    private sealed record Snapshot(long Leaf, ImmutableDictionary<string, TenantIndex> Tenants);

    /// <summary>The index of a tenant nobody asks for is never built.</summary>
    private sealed class TenantIndex(ImmutableDictionary<string, SkillDocument> documents)
    {
        public ImmutableDictionary<string, SkillDocument> Documents { get; } = documents;
        public Lazy<InvertedIndex> Index { get; } = new(() => new(documents.Values));
    }
}
