using System.Collections.Concurrent;
using System.Security.Cryptography;
using Npgsql;
using Pipeline.Infra.Postgres;

namespace Pipeline.Infra.Payloads;

/// <summary>A data key for each data subject, wrapped by the key provider. Destroying one erases all that lies under it.</summary>
/// <remarks>Keys stay in memory for <see cref="CacheFor"/>: that long another process may still read what was erased here.</remarks>
public sealed class SubjectKeys(NpgsqlDataSource dataSource, IKeyProvider provider, TimeProvider time)
{
    public static readonly TimeSpan CacheFor = TimeSpan.FromSeconds(30);

    private const int MostCached = 4096;

    private static readonly string Find = SqlText.Of("subject_key_find");
    private static readonly string Create = SqlText.Of("subject_key_create");
    private static readonly string Any = SqlText.Of("subject_key_any");
    private static readonly string Destroy = SqlText.Of("subject_key_destroy");

    private readonly ConcurrentDictionary<DataSubject, (SubjectKey Key, DateTimeOffset Until)> _cache = [];

    /// <summary>The keys of these subjects, made where there were none. A subject whose key was destroyed has none, and gets none.</summary>
    /// <exception cref="KeyProviderException">The provider cannot unwrap them.</exception>
    public async Task<IReadOnlyDictionary<DataSubject, SubjectKey>> GetOrCreateAsync(
        IEnumerable<DataSubject> subjects, CancellationToken cancellationToken = default)
    {
        var wanted = subjects.Distinct().ToList();
        var found = await FindAsync(wanted, cancellationToken);
        var missing = wanted.FindAll(s => !found.ContainsKey(s));
        if (missing.Count > 0)
        {
            await CreateAsync(missing, cancellationToken);

            // Somebody else may have been first: what stands in the table is the key.
            foreach (var (subject, key) in await FindAsync(missing, cancellationToken)) found[subject] = key;
        }
        return found.Where(k => k.Value is not null).ToDictionary(k => k.Key, k => k.Value!);
    }

    /// <summary>Whether the provider is the one that this database's keys were wrapped by; a database without keys suits any.</summary>
    /// <exception cref="KeyProviderException">It is not; the message says what to do.</exception>
    public async Task CheckProviderAsync(CancellationToken cancellationToken = default)
    {
        await using var command = dataSource.CreateCommand(Any);
        if (await command.ExecuteScalarAsync(cancellationToken) is byte[] wrapped) await provider.UnwrapAsync(wrapped, cancellationToken);
    }

    /// <summary>Looks without making a key.</summary>
    /// <exception cref="KeyProviderException">The provider cannot unwrap it.</exception>
    public async Task<SubjectKeyState> FindAsync(DataSubject subject, CancellationToken cancellationToken = default)
    {
        var found = await FindAsync([subject], cancellationToken);
        if (!found.TryGetValue(subject, out var key)) return new SubjectKeyState.Unknown();
        return key is null ? new SubjectKeyState.Destroyed() : new SubjectKeyState.Found(key);
    }

    /// <summary>Destroys the key for good. False when there is no key, or none any more.</summary>
    /// <remarks>The row's old bytes, wrapped, leave the database's files by vacuum, and its backups as these expire.</remarks>
    public async Task<bool> DestroyAsync(DataSubject subject, CancellationToken cancellationToken = default)
    {
        await using var command = dataSource.CreateCommand(Destroy);
        command.Parameters.AddText(subject.Tenant);
        command.Parameters.AddText(subject.Subject);
        var destroyed = await command.ExecuteNonQueryAsync(cancellationToken) > 0;
        _cache.TryRemove(subject, out _);
        return destroyed;
    }

    /// <summary>Null stands for a key that was destroyed.</summary>
    private async Task<Dictionary<DataSubject, SubjectKey?>> FindAsync(List<DataSubject> wanted, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var found = new Dictionary<DataSubject, SubjectKey?>();
        var absent = new List<DataSubject>();
        foreach (var subject in wanted)
        {
            if (_cache.TryGetValue(subject, out var cached) && cached.Until > now) found[subject] = cached.Key;
            else absent.Add(subject);
        }
        if (absent.Count == 0) return found;

        await using var command = dataSource.CreateCommand(Find);
        AddSubjects(command, absent);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var subject = new DataSubject(reader.GetString(0), reader.GetString(1));
            if (await reader.IsDBNullAsync(2, cancellationToken))
            {
                found[subject] = null;
                continue;
            }
            var dataKey = await provider.UnwrapAsync(reader.GetFieldValue<byte[]>(2), cancellationToken);
            var key = new SubjectKey(subject.Tenant, subject.Subject, dataKey);
            CryptographicOperations.ZeroMemory(dataKey);
            found[subject] = key;
            Remember(subject, key, now + CacheFor);
        }
        return found;
    }

    private async Task CreateAsync(List<DataSubject> missing, CancellationToken cancellationToken)
    {
        var wrapped = new List<byte[]>(missing.Count);
        foreach (var _ in missing)
        {
            var dataKey = RandomNumberGenerator.GetBytes(SubjectKey.Bytes);
            wrapped.Add(await provider.WrapAsync(dataKey, cancellationToken));
            CryptographicOperations.ZeroMemory(dataKey);
        }
        await using var command = dataSource.CreateCommand(Create);
        AddSubjects(command, missing);
        command.Parameters.Add(new NpgsqlParameter<byte[][]> { TypedValue = [.. wrapped] });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private void Remember(DataSubject subject, SubjectKey key, DateTimeOffset until)
    {
        if (_cache.Count >= MostCached) _cache.Clear();
        _cache[subject] = (key, until);
    }

    private static void AddSubjects(NpgsqlCommand command, List<DataSubject> subjects)
    {
        command.Parameters.AddTexts([.. subjects.Select(s => s.Tenant)]);
        command.Parameters.AddTexts([.. subjects.Select(s => s.Subject)]);
    }
}

/// <summary>Whom a payload is about; by default the source that emitted it.</summary>
public sealed record DataSubject(string Tenant, string Subject);

/// <summary>What there is of a subject's key.</summary>
public abstract record SubjectKeyState
{
    private SubjectKeyState() { }

    public sealed record Found(SubjectKey Key) : SubjectKeyState;

    /// <summary>The subject was erased.</summary>
    public sealed record Destroyed : SubjectKeyState;

    /// <summary>There never was one.</summary>
    public sealed record Unknown : SubjectKeyState;
}
