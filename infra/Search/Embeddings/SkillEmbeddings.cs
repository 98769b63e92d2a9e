using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Npgsql;
using NpgsqlTypes;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Search.Embeddings;

/// <summary>Embeddings of skills, kept in the database by the digest of what they are made of, and of queries, which are kept nowhere but
/// in a small memory.</summary>
/// <param name="endpoint">Null: none is configured, and nothing calls out.</param>
public sealed class SkillEmbeddings(NpgsqlDataSource dataSource, EmbeddingOptions? options, EmbeddingEndpoint? endpoint, TimeProvider? time = null)
{
    private const int MostQueriesKept = 500;

    // Nothing that any model could mind.
    private const string Harmless = "a skill";
    private static readonly TimeSpan s_restAfterFailure = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, ReadOnlyMemory<float>> _queries = new(StringComparer.Ordinal);
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private long? _failedAt;

    public bool IsOn => options is not null && endpoint is not null;

    public int MostCharacters => options?.MostCharacters ?? 0;

    /// <summary>Of the model and of what is asked of it; empty where none is configured.</summary>
    public string Identity => options?.Identity ?? "";

    private string Position => $"search_vectors {Identity}";

    /// <summary>Null where the endpoint has no answer in time: then a search goes by words alone, and the endpoint is left in peace for a while.</summary>
    public async Task<ReadOnlyMemory<float>?> OfQueryAsync(string text, CancellationToken ct)
    {
        var asked = text.Length <= MostCharacters ? text : text[..MostCharacters];
        if (string.IsNullOrWhiteSpace(asked)) return null;
        var digest = Domain.Ledger.Digest.Of(asked);
        if (_queries.TryGetValue(digest, out var known)) return known;
        if (_failedAt is { } failedAt && _time.GetElapsedTime(failedAt) < s_restAfterFailure) return null;
        try
        {
            var vector = (await endpoint!.EmbedAsync([asked], options!.QueryTimeout, ct))[0];
            if (_queries.Count >= MostQueriesKept) _queries.Clear();
            _queries[digest] = vector;
            _failedAt = null;
            return vector;
        }
        // Of this text it makes none; that says nothing of the others.
        catch (EmbeddingException e) when (e.IsOfTheTexts)
        {
            return null;
        }
        catch (EmbeddingException)
        {
            _failedAt = _time.GetTimestamp();
            return null;
        }
    }

    /// <summary>The next leaf whose skills have no embeddings yet.</summary>
    public async Task<long> LeafAsync(CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(SqlText.Of("projection_position"));
        command.Parameters.AddText(Position);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Has embeddings made of what was sealed when it was called.</summary>
    /// <returns>False when another program is at it.</returns>
    /// <exception cref="SearchUnavailableException">The endpoint does not answer; what is left comes with the next call.</exception>
    public async Task<bool> CatchUpAsync(IndexSource source, CancellationToken ct)
    {
        if (!IsOn) return true;
        await using var held = await AdvisoryLock.TryTakeAsync(dataSource, "search_index_lock_try", Position, ct);
        if (held is null) return false;
        var (from, to) = (await LeafAsync(ct), await source.LeafAsync(ct));
        await foreach (var skills in source.ChangesAsync(from, to, ct: ct))
        {
            await MakeAsync([.. skills.SelectMany(s => s.Versions)], ct);
            await AdvanceAsync(skills[^1].Leaf + 1, ct);
        }
        if (from < to) await AdvanceAsync(to, ct);
        return true;
    }

    /// <summary>Asks once more for what was refused before: the endpoint may take it by now.</summary>
    /// <returns>Whether there are embeddings now that there were not.</returns>
    /// <exception cref="SearchUnavailableException">The endpoint does not answer.</exception>
    public async Task<bool> RetryRefusedAsync(IndexSource source, CancellationToken ct)
    {
        if (!IsOn || await RefusedAsync(ct) is not { Count: > 0 } refused) return false;
        await foreach (var skills in source.ChangesAsync(0, await source.LeafAsync(ct), ct: ct))
            await MakeAsync([.. skills.SelectMany(s => s.Versions).Where(v => refused.ContainsKey(TextDigest(v)))], ct);
        return (await RefusedAsync(ct)).Count < refused.Count;
    }

    /// <summary>Why the endpoint did not take a text, by the text's digest.</summary>
    public async Task<IReadOnlyDictionary<string, string>> RefusedAsync(CancellationToken ct)
    {
        var refused = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!IsOn) return refused;
        await using var command = dataSource.CreateCommand(SqlText.Of("search_vector_refusals_get"));
        command.Parameters.AddText(Identity);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) refused[reader.GetString(0)] = reader.GetString(1);
        return refused;
    }

    /// <summary>Of what a version's embedding is made of.</summary>
    public string TextDigest(IndexedVersion version) => IndexedVersion.DigestOf(version.EmbeddedText(MostCharacters));

    /// <summary>By the digest of the text.</summary>
    public async Task<IReadOnlyDictionary<string, ReadOnlyMemory<float>>> StoredAsync(IReadOnlyList<string> textDigests, CancellationToken ct)
    {
        var found = new Dictionary<string, ReadOnlyMemory<float>>(StringComparer.Ordinal);
        if (textDigests.Count == 0) return found;
        await using var command = dataSource.CreateCommand(SqlText.Of("search_vectors_get"));
        command.Parameters.AddText(Identity);
        command.Parameters.AddTexts([.. textDigests]);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) found[reader.GetString(0)] = MemoryMarshal.Cast<byte, float>(reader.GetFieldValue<byte[]>(1)).ToArray();
        return found;
    }

    private async Task MakeAsync(IReadOnlyList<IndexedVersion> versions, CancellationToken ct)
    {
        var texts = versions.Select(v => v.EmbeddedText(MostCharacters)).Distinct(StringComparer.Ordinal).ToDictionary(IndexedVersion.DigestOf, StringComparer.Ordinal);
        var there = await StoredAsync([.. texts.Keys], ct);
        var refused = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var batch in texts.Where(t => !there.ContainsKey(t.Key)).OrderBy(t => t.Key, StringComparer.Ordinal).Chunk(options!.BatchSize))
            await MakeAsync(batch, refused, ct);
        await RefuseAsync(refused, ct);
    }

    // A text that the endpoint does not take goes without: it is found by its words, and keeps no other from its vector.
    private async Task MakeAsync(KeyValuePair<string, string>[] batch, Dictionary<string, string> refused, CancellationToken ct)
    {
        try
        {
            await StoreAsync([.. batch.Select(t => t.Key)], await endpoint!.EmbedAsync([.. batch.Select(t => t.Value)], options!.Timeout, ct), ct);
        }
        catch (EmbeddingException e) when (e.IsOfTheTexts)
        {
            // One that takes nothing at all is set up wrongly, and the texts are not to blame.
            if (refused.Count == 0) await TryHarmlessAsync(ct);
            if (batch is [var only]) refused[only.Key] = e.Message;
            else foreach (var half in batch.Chunk((batch.Length + 1) / 2)) await MakeAsync(half, refused, ct);
        }
        catch (EmbeddingException e)
        {
            throw new SearchUnavailableException($"there are no embeddings: {e.Message}", e);
        }
    }

    private async Task TryHarmlessAsync(CancellationToken ct)
    {
        try
        {
            await endpoint!.EmbedAsync([Harmless], options!.Timeout, ct);
        }
        catch (EmbeddingException e)
        {
            throw new SearchUnavailableException($"there are no embeddings: {e.Message}{(e.IsOfTheTexts ? ", whatever it is sent: check Search:Embeddings (Model, Dimensions, ApiVersion)" : "")}", e);
        }
    }

    private async Task RefuseAsync(Dictionary<string, string> refused, CancellationToken ct)
    {
        if (refused.Count == 0) return;
        await using var command = dataSource.CreateCommand(SqlText.Of("search_vector_refusals_put"));
        command.Parameters.AddText(Identity);
        command.Parameters.AddTexts([.. refused.Keys]);
        command.Parameters.AddTexts([.. refused.Values]);
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task StoreAsync(string[] digests, IReadOnlyList<ReadOnlyMemory<float>> vectors, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(SqlText.Of("search_vectors_put"));
        command.Parameters.AddText(Identity);
        command.Parameters.AddTexts(digests);
        command.Parameters.Add(new NpgsqlParameter<byte[][]>
        {
            TypedValue = [.. vectors.Select(v => MemoryMarshal.AsBytes(v.Span).ToArray())],
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea,
        });
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task AdvanceAsync(long leaf, CancellationToken ct)
    {
        await using var command = dataSource.CreateCommand(SqlText.Of("projection_advance"));
        command.Parameters.AddText(Position);
        command.Parameters.AddNumber(leaf);
        await command.ExecuteNonQueryAsync(ct);
    }
}
