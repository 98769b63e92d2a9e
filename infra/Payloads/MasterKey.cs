using System.Security.Cryptography;

namespace Pipeline.Infra.Payloads;

/// <summary>A key of 32 bytes that wraps data keys (AES-256-GCM).</summary>
/// <remarks>Wrapped form, stored: one byte of format, 8 bytes that name the master key, then nonce (12), ciphertext and tag (16).</remarks>
internal sealed class MasterKey
{
    public const int Bytes = 32;

    private const byte Format = 1;
    private const int IdBytes = 8, NonceBytes = 12, TagBytes = 16;
    private const int HeaderBytes = 1 + IdBytes;

    private readonly byte[] _key;
    private readonly byte[] _id;

    /// <param name="key">32 bytes.</param>
    public MasterKey(byte[] key)
    {
        _key = key;
        _id = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, IdBytes, info: "master-key-id"u8.ToArray());
        Id = Convert.ToHexStringLower(_id);
    }

    /// <summary>16 hex digits that name the key and say nothing of it.</summary>
    public string Id { get; }

    /// <summary>The name of the master key that something was wrapped by.</summary>
    /// <exception cref="KeyProviderException">It has not the form of a wrapped key.</exception>
    public static string IdIn(ReadOnlySpan<byte> wrapped) => wrapped.Length > HeaderBytes + NonceBytes + TagBytes && wrapped[0] == Format
        ? Convert.ToHexStringLower(wrapped[1..HeaderBytes])
        : throw new KeyProviderException("a stored data key is in a form that this program does not know; a newer one may have written it");

    public byte[] Wrap(ReadOnlySpan<byte> dataKey)
    {
        var wrapped = new byte[HeaderBytes + NonceBytes + dataKey.Length + TagBytes];
        wrapped[0] = Format;
        _id.CopyTo(wrapped, 1);
        var nonce = wrapped.AsSpan(HeaderBytes, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(_key, TagBytes);
        aes.Encrypt(nonce, dataKey, wrapped.AsSpan(HeaderBytes + NonceBytes, dataKey.Length), wrapped.AsSpan(^TagBytes), wrapped.AsSpan(0, HeaderBytes));
        return wrapped;
    }

    /// <param name="wrapped">By this key.</param>
    /// <exception cref="KeyProviderException">It was altered.</exception>
    public byte[] Unwrap(ReadOnlySpan<byte> wrapped)
    {
        var dataKey = new byte[wrapped.Length - HeaderBytes - NonceBytes - TagBytes];
        using var aes = new AesGcm(_key, TagBytes);
        try
        {
            aes.Decrypt(wrapped.Slice(HeaderBytes, NonceBytes), wrapped[(HeaderBytes + NonceBytes)..^TagBytes], wrapped[^TagBytes..], dataKey, wrapped[..HeaderBytes]);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new KeyProviderException("a stored data key was altered; restore it from a backup", e);
        }
        return dataKey;
    }
}
