using System.Collections.Concurrent;
using System.Security.Cryptography;
using Pipeline.Infra.Keys;

namespace Pipeline.Infra.Payloads;

/// <summary>Master keys of 32 random bytes as the versions of one secret in a Key Vault. The newest wraps; each unwraps what it wrapped, and what is wrapped
/// names it. So programs that start together and make a version each are not at odds, and a new version is all that changing the key takes.</summary>
/// <remarks>Keys stay in memory from the first use on; a newer one is used after the next start.</remarks>
public sealed class VaultKeyProvider(KeyVaultSecrets vault, TimeProvider time) : IKeyProvider, IDisposable
{
    public const string SecretName = "pipeline-master-key";

    /// <summary>How long a key that was not found is not looked for again.</summary>
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, MasterKey> _keys = new(StringComparer.Ordinal);
    private readonly HashSet<string> _read = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _one = new(1);
    private MasterKey? _newest;
    private DateTimeOffset _looked = DateTimeOffset.MinValue;

    public void Dispose() => _one.Dispose();

    /// <exception cref="KeyVaultException">The vault refused, or cannot be reached.</exception>
    /// <exception cref="KeyProviderException">The secret is no master key.</exception>
    public async ValueTask<byte[]> WrapAsync(ReadOnlyMemory<byte> dataKey, CancellationToken cancellationToken) => (_newest ?? await NewestAsync(cancellationToken)).Wrap(dataKey.Span);

    /// <exception cref="KeyVaultException">The vault refused, or cannot be reached.</exception>
    public async ValueTask<byte[]> UnwrapAsync(ReadOnlyMemory<byte> wrapped, CancellationToken cancellationToken)
    {
        var id = MasterKey.IdIn(wrapped.Span);
        if (!_keys.ContainsKey(id)) await ReadAllAsync(cancellationToken);
        return _keys.TryGetValue(id, out var key)
            ? key.Unwrap(wrapped.Span)
            : throw new KeyProviderException(
                $"the stored data keys were wrapped by master key {id}, which is no version of secret {SecretName} in the key vault {vault.Host} that may be read: name the vault that belongs to this database, or enable that version");
    }

    private async Task<MasterKey> NewestAsync(CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            if (_newest is { } known) return known;
            if (await vault.FindAsync(SecretName, "", ct) is { } found)
                return _newest = Keep(found) ?? throw new KeyProviderException($"secret {SecretName} in the key vault {vault.Host} is no master key: it is not {MasterKey.Bytes} bytes in base64; disable its newest version, and set the right one again");
            var made = Convert.ToBase64String(RandomNumberGenerator.GetBytes(MasterKey.Bytes));
            await vault.AddAsync(SecretName, made, "32 bytes in base64", ct);
            return _newest = Keep(made)!;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task ReadAllAsync(CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            if (time.GetUtcNow() - _looked < s_lookAgain) return;
            foreach (var version in (await vault.VersionsAsync(SecretName, ct)).Where(v => !_read.Contains(v)))
            {
                // One that is no key must not keep the others from being found.
                if (await vault.FindAsync(SecretName, version, ct) is { } found) _ = Keep(found);
                _read.Add(version);
            }
            _looked = time.GetUtcNow();
        }
        finally
        {
            _one.Release();
        }
    }

    private MasterKey? Keep(string text)
    {
        var bytes = new byte[MasterKey.Bytes];
        if (!Convert.TryFromBase64String(text.Trim(), bytes, out var length) || length != MasterKey.Bytes) return null;
        var key = new MasterKey(bytes);
        return _keys.GetOrAdd(key.Id, key);
    }
}
