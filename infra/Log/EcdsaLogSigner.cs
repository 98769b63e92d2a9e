using System.Security.Cryptography;
using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Infra.Log;

/// <summary>Signs with a key on P-256 that is in this program's memory.</summary>
internal sealed class EcdsaLogSigner(NoteKey key, byte[] pkcs8) : ILogSigner
{
    public NoteKey Key => key;

    /// <returns>The signer, or null when the text holds another key.</returns>
    /// <exception cref="CryptographicException">It holds no key.</exception>
    /// <exception cref="ArgumentException">It is no PEM.</exception>
    public static EcdsaLogSigner? OfPem(NoteKey key, string pem)
    {
        using var kept = ECDsa.Create();
        kept.ImportFromPem(pem);
        return kept.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.PublicKey) ? new(key, kept.ExportPkcs8PrivateKey()) : null;
    }

    public ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        using var kept = ECDsa.Create();
        kept.ImportPkcs8PrivateKey(pkcs8, out _);
        return ValueTask.FromResult(kept.SignData(bytes.Span, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
    }
}
