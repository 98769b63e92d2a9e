using System.Collections.Concurrent;
using System.Security.Cryptography;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Infra.Keys;

namespace Pipeline.Infra.Log;

/// <summary>Keys as PKCS#8 in PEM, a secret of a Key Vault each, named by the key's id: programs that make one each at the same time do not meet, and the ledger
/// says whose counts. Whoever may read one of them can sign in the log's name.</summary>
/// <remarks>Keys stay in memory from the first use on.</remarks>
public sealed class VaultLogKeys(KeyVaultSecrets vault) : ILogKeys
{
    private readonly ConcurrentDictionary<string, EcdsaLogSigner> _signers = new(StringComparer.Ordinal);

    public static string SecretNameOf(NoteKey key) => $"pipeline-log-key-{key.IdText}";

    /// <exception cref="KeyVaultException">The vault refused, or cannot be reached.</exception>
    /// <exception cref="LogKeyException">What is there is not that key.</exception>
    public async ValueTask<ILogSigner?> FindAsync(NoteKey key, CancellationToken ct)
    {
        if (_signers.TryGetValue(key.IdText, out var known) && known.Key.PublicKey.SequenceEqual(key.PublicKey)) return known;
        if (await vault.FindAsync(SecretNameOf(key), "", ct) is not { } pem) return null;
        try
        {
            return _signers[key.IdText] = EcdsaLogSigner.OfPem(key, pem) ?? throw new LogKeyException($"{Place(key)} holds another key than the log's; make the right version the newest again");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            // Neither the text nor what a parser says of it.
            throw new LogKeyException($"{Place(key)} holds no private key that can be read; make the right version the newest again");
        }
    }

    /// <exception cref="KeyVaultException">The vault refused, or cannot be reached.</exception>
    public async ValueTask<ILogSigner> CreateAsync(Func<byte[], string> nameOf, CancellationToken ct)
    {
        using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var key = NoteKey.OfEcdsa(nameOf(made.ExportSubjectPublicKeyInfo()), made.ExportSubjectPublicKeyInfo());
        if (await vault.FindAsync(SecretNameOf(key), "", ct) is not null) throw new LogKeyException($"{Place(key)} is there already, of another key with the same id; try again");
        await vault.AddAsync(SecretNameOf(key), made.ExportPkcs8PrivateKeyPem(), "application/x-pem-file", ct);
        return _signers[key.IdText] = new(key, made.ExportPkcs8PrivateKey());
    }

    private string Place(NoteKey key) => $"secret {SecretNameOf(key)} in the key vault {vault.Host}";
}
