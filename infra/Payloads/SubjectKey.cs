using System.Security.Cryptography;

namespace Pipeline.Infra.Payloads;

/// <summary>The keys that stand for one data subject of one tenant, derived (HKDF, RFC 5869) from its one data key.</summary>
public sealed class SubjectKey
{
    internal const int Bytes = 32;

    private readonly byte[] _digestKey;

    internal SubjectKey(string tenant, string subject, byte[] dataKey)
    {
        (Tenant, Subject) = (tenant, subject);
        EncryptionKey = Derive(dataKey, "payload-encryption"u8);
        _digestKey = Derive(dataKey, "content-digest"u8);
    }

    public string Tenant { get; }
    public string Subject { get; }
    internal byte[] EncryptionKey { get; }

    /// <summary><c>hmac-sha256:</c> and 64 hex digits: the same for the same content of this subject, and without the key as good as random.</summary>
    public string DigestOf(ReadOnlySpan<byte> content) =>
        "hmac-sha256:" + Convert.ToHexStringLower(HMACSHA256.HashData(_digestKey, content));

    private static byte[] Derive(byte[] dataKey, ReadOnlySpan<byte> info) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, dataKey, Bytes, info: info.ToArray());
}
