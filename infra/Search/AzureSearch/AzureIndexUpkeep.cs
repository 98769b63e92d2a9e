using System.Globalization;
using Azure;
using Azure.Search.Documents.Models;
using Npgsql;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Search.Embeddings;

namespace Pipeline.Infra.Search.AzureSearch;

/// <summary>Follows the skill catalogue by leaf from a position of its own in the database, so that a message is but a hint to look, and none
/// that is lost, doubled or late makes a difference. One program at a time is at it, by a lock.</summary>
public sealed class AzureIndexUpkeep(AzureSearchService service, IndexLog log, IndexSource source, SkillEmbeddings embeddings, NpgsqlDataSource dataSource, TimeProvider time) : IIndexUpkeep
{
    private readonly IndexDefinition _definition = new(service.Options, embeddings.Identity);

    internal string Purpose { get; } = PurposeOf(service.Options);

    public string Kind => "Azure AI Search";

    /// <summary>Another service or another base name is another index, and this ledger's rows about the one say nothing of the other.</summary>
    internal static string PurposeOf(AzureSearchOptions options) => $"{options.Endpoint.IdnHost} {options.Index}";

    public async Task<bool> IsBehindAsync(CancellationToken ct)
    {
        var live = await log.LiveAsync(Purpose, ct);
        if (live is null || live.Definition != _definition.Digest) return true;
        var leaf = await source.LeafAsync(ct);
        return live.Leaf < leaf || (embeddings.IsOn && live.Vectors < leaf);
    }

    public async Task<bool> CatchUpAsync(CancellationToken ct)
    {
        // Skills must be found by their words even while nobody makes embeddings; what was sent without is sent again with them.
        var embedded = await EmbedAsync(ct);
        await using var held = await AdvisoryLock.TryTakeAsync(dataSource, "search_index_lock_try", Purpose, ct);
        if (held is null) return false;
        await AzureSearchService.CallAsync(async () =>
        {
            var live = await EnsureAsync(ct);
            await FollowAsync(live.Name, embeddings.IsOn ? Math.Min(live.Leaf, live.Vectors) : live.Leaf, (_, _) => { }, ct);
            return true;
        }, ct);
        return embedded is null ? true : throw embedded;
    }

    public async Task<IndexCheck> CheckAsync(bool mend, Action<long, long> progress, CancellationToken ct)
    {
        await CatchUpAsync(ct);
        await using var held = await TakeAsync(ct);
        return await AzureSearchService.CallAsync(async () =>
        {
            var live = await EnsureAsync(ct);
            return await new IndexComparison(service.Documents(live.Name), log, source, embeddings, _definition, time).RunAsync(Kind, live, mend, progress, ct);
        }, ct);
    }

    public async Task<IndexRebuilt> RebuildAsync(Action<long, long> progress, CancellationToken ct)
    {
        await EmbedAsync(ct);
        await using var held = await TakeAsync(ct);
        return await AzureSearchService.CallAsync(() => RebuildHeldAsync(progress, ct), ct);
    }

    /// <returns>What kept embeddings from being made; null when they were, or none are wanted.</returns>
    private async Task<SearchUnavailableException?> EmbedAsync(CancellationToken ct)
    {
        try
        {
            if (embeddings.IsOn) await embeddings.CatchUpAsync(source, ct);
            return null;
        }
        catch (SearchUnavailableException e)
        {
            return e;
        }
    }

    private async Task<IAsyncDisposable> TakeAsync(CancellationToken ct) =>
        await AdvisoryLock.TryTakeAsync(dataSource, "search_index_lock_try", Purpose, ct) ?? throw new SearchUnavailableException("another program is at the index; try again when it has done");

    /// <summary>The live index as it is defined now: made, extended, or built anew beside.</summary>
    private async Task<LoggedIndex> EnsureAsync(CancellationToken ct)
    {
        if (await log.LiveAsync(Purpose, ct) is not { } live)
        {
            var name = await CreateAsync(ct);
            await log.SwitchAsync(name, null, ct);
            return new(name, _definition.Digest, 0, 0);
        }
        if (live.Definition == _definition.Digest) return live;
        if (await FindAsync(live.Name, ct) is { } existing && _definition.OnlyAddsTo(existing))
        {
            await service.Indexes.CreateOrUpdateIndexAsync(_definition.Of(live.Name), cancellationToken: ct);
            await log.RedefineAsync(live.Name, _definition.Digest, ct);
            return live with { Definition = _definition.Digest, Leaf = 0, Vectors = 0 };
        }
        await RebuildHeldAsync((_, _) => { }, ct);
        return (await log.LiveAsync(Purpose, ct))!;
    }

    private async Task<IndexRebuilt> RebuildHeldAsync(Action<long, long> progress, CancellationToken ct)
    {
        await ClearAwayAsync(ct);
        var before = await log.LiveAsync(Purpose, ct);
        var name = await CreateAsync(ct);
        // The live one is read meanwhile. Nobody else writes: what comes in between waits for the lock, and is then found from the new position.
        var (leaf, documents) = await FollowAsync(name, 0, progress, ct);
        await log.SwitchAsync(name, before?.Name, ct);
        if (before is not null) await DeleteAsync(before.Name, ct);
        return new(Kind, name, before?.Name ?? "", leaf, documents);
    }

    // What a program that was killed had begun to build.
    private async Task ClearAwayAsync(CancellationToken ct)
    {
        foreach (var (name, _) in (await log.AllAsync(Purpose, ct)).Where(i => !i.IsLive))
        {
            await DeleteAsync(name, ct);
            await log.RemoveAsync(name, ct);
        }
    }

    private async Task<string> CreateAsync(CancellationToken ct)
    {
        var name = $"{service.Options.Index}-{time.GetUtcNow().ToString("yyyyMMdd-HHmmssfff", CultureInfo.InvariantCulture)}";
        // On record first: what is made and not on record would never be cleared away.
        await log.AddAsync(name, Purpose, _definition.Digest, ct);
        await service.Indexes.CreateOrUpdateIndexAsync(_definition.Of(name), cancellationToken: ct);
        return name;
    }

    private async Task<Azure.Search.Documents.Indexes.Models.SearchIndex?> FindAsync(string name, CancellationToken ct)
    {
        try
        {
            return (await service.Indexes.GetIndexAsync(name, ct)).Value;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    private async Task DeleteAsync(string name, CancellationToken ct)
    {
        try
        {
            await service.Indexes.DeleteIndexAsync(name, ct);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            // Somebody else has.
        }
    }

    /// <returns>Up to which leaf, and how many documents were sent.</returns>
    private async Task<(long Leaf, int Documents)> FollowAsync(string index, long from, Action<long, long> progress, CancellationToken ct)
    {
        // Before the embeddings are read: what comes in between is then looked at again.
        var vectors = embeddings.IsOn ? await embeddings.LeafAsync(ct) : 0;
        var to = await source.LeafAsync(ct);
        var writer = new IndexWriter(service.Documents(index), index, log, embeddings, _definition.Digest, time);
        var sent = 0;
        await foreach (var skills in source.ChangesAsync(from, to, ct: ct))
        {
            sent += await writer.WriteAsync(skills, ct);
            await log.AdvanceAsync(index, skills[^1].Leaf + 1, null, ct);
            progress(skills[^1].Leaf + 1, to);
        }
        if (from < to) await log.AdvanceAsync(index, to, Math.Min(vectors, to), ct);
        return (to, sent);
    }
}
