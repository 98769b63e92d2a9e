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
    // A rebuild looks so often for what changed meanwhile.
    private const int MostRounds = 20;

    private const string KeptByOthers =
        "the search index was made by other settings (Search:Semantic, Search:Embeddings), which took the place of these, and nothing is written to it by these: "
        + "give all programs the same settings, and run `pipeline index rebuild` where they are as wanted";

    private readonly IndexDefinition _definition = new(service.Options, embeddings.Identity);

    internal string Purpose { get; } = PurposeOf(service.Options);

    public string Kind => "Azure AI Search";

    /// <summary>Another service or another base name is another index, and this ledger's rows about the one say nothing of the other.</summary>
    internal static string PurposeOf(AzureSearchOptions options) => $"{options.Endpoint.IdnHost} {options.Index}";

    public async Task<bool> IsBehindAsync(CancellationToken ct)
    {
        var live = await log.LiveAsync(Purpose, ct);
        if (live is null || (live.Definition != _definition.Digest && live.Form <= IndexDefinition.Form && !await log.WasReplacedAsync(Purpose, _definition.Digest, ct))) return true;
        var leaf = await source.LeafAsync(ct);
        return live.Next < leaf || (embeddings.IsOn && live.Vectors < leaf);
    }

    public async Task<long> PositionAsync(CancellationToken ct) =>
        await log.LiveAsync(Purpose, ct) is { } live ? embeddings.IsOn ? Math.Min(live.Next, live.Vectors) : live.Next : -1;

    public async Task<string> ProblemAsync(CancellationToken ct) => await log.LiveAsync(Purpose, ct) is { } live && await IsOfOthersAsync(live, ct) ? KeptByOthers : "";

    public async Task<bool> CatchUpAsync(CancellationToken ct)
    {
        // Skills must be found by their words even while nobody makes embeddings; what was sent without is sent again with them.
        var embedded = await EmbedAsync(ct);
        await using var held = await AdvisoryLock.TryTakeAsync(dataSource, "search_index_lock_try", Purpose, ct);
        if (held is null) return false;
        await AzureSearchService.CallAsync(async () =>
        {
            await FollowAsync(await EnsureAsync(ct), ct);
            return true;
        }, ct);
        return embedded is null ? true : throw embedded;
    }

    public async Task<IndexCheck> CheckAsync(bool mend, Action<long, long> progress, CancellationToken ct)
    {
        if (await EmbedAsync(ct, again: mend) is { } problem) throw problem;
        await using var held = await TakeAsync(ct);
        return await AzureSearchService.CallAsync(async () =>
        {
            var target = await EnsureAsync(ct);
            await FollowAsync(target, ct);
            var live = (await log.LiveAsync(Purpose, ct))!;
            return await new IndexComparison(service.Documents(live.Name), Writer(live.Name, target.Fields), log, source, embeddings, _definition, time).RunAsync(Kind, live, mend, progress, ct);
        }, ct);
    }

    public async Task<IndexRebuilt> RebuildAsync(Action<long, long> progress, CancellationToken ct)
    {
        await EmbedAsync(ct, again: true);
        await using var held = await TakeAsync(ct);
        return await AzureSearchService.CallAsync(() => RebuildHeldAsync(progress, ct), ct);
    }

    /// <param name="again">Whether what was refused before is asked for once more.</param>
    /// <returns>What kept embeddings from being made; null when they were, or none are wanted.</returns>
    private async Task<SearchUnavailableException?> EmbedAsync(CancellationToken ct, bool again = false)
    {
        try
        {
            if (embeddings.IsOn) await embeddings.CatchUpAsync(source, ct);
            if (again) await embeddings.RetryRefusedAsync(source, ct);
            return null;
        }
        catch (SearchUnavailableException e)
        {
            return e;
        }
    }

    private async Task<IAsyncDisposable> TakeAsync(CancellationToken ct) =>
        await AdvisoryLock.TryTakeAsync(dataSource, "search_index_lock_try", Purpose, ct) ?? throw new SearchUnavailableException("another program is at the index; try again when it has done");

    // Two programs with other settings would rebuild against each other; and one whose settings went back looks the same.
    private async Task<bool> IsOfOthersAsync(LoggedIndex live, CancellationToken ct) =>
        live.Definition != _definition.Digest && live.Form == IndexDefinition.Form && await log.WasReplacedAsync(Purpose, _definition.Digest, ct);

    /// <summary>The live index as it is defined now: made, extended, or built anew beside.</summary>
    /// <exception cref="SearchUnavailableException">Another program, configured otherwise, has put its own in place.</exception>
    private async Task<Target> EnsureAsync(CancellationToken ct)
    {
        await ClearAwayAsync(ct);
        if (await log.LiveAsync(Purpose, ct) is not { } live)
        {
            var name = await CreateAsync(ct);
            await log.SwitchAsync(Purpose, name, _definition.Digest, null, ct);
            return new(new(name, _definition.Digest, 0, 0, IndexDefinition.Form, 0));
        }
        var isOurs = live.Definition == _definition.Digest;
        if (await IsOfOthersAsync(live, ct)) throw new SearchUnavailableException(KeptByOthers);

        var existing = await FindAsync(live.Name, ct);
        if (existing is not null && isOurs) return new(live);
        // A newer program's: it is left as it is, and gets what of it is known here; what else belongs to that comes from the newer one, which looks again.
        if (existing is not null && live.Form > IndexDefinition.Form) return new(live, existing.Fields.Select(f => f.Name).ToHashSet(StringComparer.Ordinal));
        // What an older form is searched by is in none of its documents: it is searched as it is until the new one is full.
        if (existing is not null && live.Form == IndexDefinition.Form && _definition.OnlyAddsTo(existing))
        {
            await service.Indexes.CreateOrUpdateIndexAsync(_definition.Of(live.Name), cancellationToken: ct);
            await log.RedefineAsync(Purpose, live, _definition.Digest, IndexDefinition.Form, ct);
            return new(live with { Definition = _definition.Digest, Form = IndexDefinition.Form, Leaf = 0, Vectors = 0, Complete = 0 });
        }
        await RebuildHeldAsync((_, _) => { }, ct);
        return new((await log.LiveAsync(Purpose, ct))!);
    }

    private async Task<IndexRebuilt> RebuildHeldAsync(Action<long, long> progress, CancellationToken ct)
    {
        await ClearAwayAsync(ct);
        var before = await log.LiveAsync(Purpose, ct);
        var name = await CreateAsync(ct);
        // The live one is read meanwhile, and nobody else writes. What changes meanwhile is passed over and must be in before the new one is read;
        // while the ledger never rests, the last of it comes with the next look.
        var writer = Writer(name, null);
        var leaf = await FollowAsync(writer, 0, progress, ct);
        for (var round = 0; round < MostRounds && await source.LeafAsync(ct) > leaf; round++) leaf = await FollowAsync(writer, leaf, progress, ct);
        await BeSeenAsync(writer, ct);
        await log.SwitchAsync(Purpose, name, _definition.Digest, before, ct);
        await ClearAwayAsync(ct);
        return new(Kind, name, before?.Name ?? "", leaf, await log.ThereAsync(name, ct));
    }

    /// <exception cref="SearchUnavailableException">The service does not show what it took; the index before is searched on.</exception>
    private async Task BeSeenAsync(IndexWriter writer, CancellationToken ct)
    {
        var (visibility, taken) = (new Visibility(service.Documents(writer.Index), time, Visibility.Minute), await log.ThereAsync(writer.Index, ct));
        var seen = await visibility.CountAsync(taken, ct);
        if (seen < taken) throw Unseen($"{taken} documents and shows {seen} of them");
        var unseen = await visibility.LookAgainAsync(writer.Last, ct);
        if (unseen.Count > 0) throw Unseen($"{taken} documents and shows {unseen.Count} of the last not as they are");

        SearchUnavailableException Unseen(string what) =>
            new($"after {Visibility.Minute.Count} seconds the search service has taken {what}; what was searched before is searched on: try `index rebuild` again in a while");
    }

    // What a program that was killed had begun to build, and what is searched no longer. What cannot be deleted now stays on record.
    private async Task ClearAwayAsync(CancellationToken ct)
    {
        foreach (var (name, _) in (await log.AllAsync(Purpose, ct)).Where(i => !i.IsLive))
        {
            try
            {
                await DeleteAsync(name, ct);
            }
            catch (RequestFailedException)
            {
                continue;
            }
            await log.RemoveAsync(name, ct);
        }
    }

    private async Task<string> CreateAsync(CancellationToken ct)
    {
        var name = $"{service.Options.Index}-{time.GetUtcNow().ToString("yyyyMMdd-HHmmssfff", CultureInfo.InvariantCulture)}";
        // On record first: what is made and not on record would never be cleared away.
        await log.AddAsync(name, Purpose, _definition.Digest, IndexDefinition.Form, ct);
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

    private Task<long> FollowAsync(Target target, CancellationToken ct) =>
        FollowAsync(Writer(target.Index.Name, target.Fields), embeddings.IsOn ? Math.Min(target.Index.Next, target.Index.Vectors) : target.Index.Next, (_, _) => { }, ct);

    /// <returns>Up to which leaf.</returns>
    private async Task<long> FollowAsync(IndexWriter writer, long from, Action<long, long> progress, CancellationToken ct)
    {
        // Before the embeddings are read: what comes in between is then looked at again.
        var vectors = embeddings.IsOn ? await embeddings.LeafAsync(ct) : 0;
        var to = await source.LeafAsync(ct);
        await foreach (var skills in source.ChangesAsync(from, to, ct: ct))
        {
            await writer.WriteAsync(skills, ct);
            await log.AdvanceAsync(writer.Index, skills[^1].Leaf + 1, null, ct);
            progress(skills[^1].Leaf + 1, to);
        }
        if (from < to) await log.AdvanceAsync(writer.Index, to, Math.Min(vectors, to), ct);
        return to;
    }

    private IndexWriter Writer(string index, IReadOnlySet<string>? fields) => new(service.Documents(index), index, log, embeddings, _definition.Digest, time, fields);

    /// <param name="Fields">Those that may be written; null: all that are known here.</param>
    private sealed record Target(LoggedIndex Index, IReadOnlySet<string>? Fields = null);
}
