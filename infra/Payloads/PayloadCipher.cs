using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Infra.Payloads;

/// <summary>Compresses (Brotli) and encrypts (AES-256-GCM) under a subject's key, bound to tenant, subject and place.</summary>
/// <remarks>Stored form, versioned with care: one byte of format (1), nonce (12), ciphertext, tag (16). The format byte is authenticated too.</remarks>
public static class PayloadCipher
{
    private const byte Format = 1;
    private const int NonceBytes = 12, TagBytes = 16, HeaderBytes = 1 + NonceBytes;

    // Level 1 of 11: runs compress by a factor of four or more at any level, and ingest should not wait for the rest.
    private const int Quality = 1, Window = 22;

    /// <param name="place">Where it will lie: bytes moved to another place do not open there.</param>
    public static byte[] Seal(SubjectKey key, string place, ReadOnlySpan<byte> plaintext)
    {
        var compressed = new byte[BrotliEncoder.GetMaxCompressedLength(plaintext.Length)];
        if (!BrotliEncoder.TryCompress(plaintext, compressed, out var length, Quality, Window))
            throw new InvalidOperationException("the compressor needed more room than it had asked for");

        var sealedBytes = new byte[HeaderBytes + length + TagBytes];
        sealedBytes[0] = Format;
        var nonce = sealedBytes.AsSpan(1, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key.EncryptionKey, TagBytes);
        aes.Encrypt(
            nonce, compressed.AsSpan(0, length), sealedBytes.AsSpan(HeaderBytes, length), sealedBytes.AsSpan(^TagBytes), Associated(key, place));
        return sealedBytes;
    }

    /// <summary>Null when the bytes were altered, moved from another place, or are not this subject's.</summary>
    public static byte[]? Open(SubjectKey key, string place, ReadOnlySpan<byte> sealedBytes)
    {
        if (sealedBytes.Length < HeaderBytes + TagBytes || sealedBytes[0] != Format) return null;
        var compressed = new byte[sealedBytes.Length - HeaderBytes - TagBytes];
        using var aes = new AesGcm(key.EncryptionKey, TagBytes);
        try
        {
            aes.Decrypt(
                sealedBytes.Slice(1, NonceBytes), sealedBytes[HeaderBytes..^TagBytes], sealedBytes[^TagBytes..], compressed, Associated(key, place));
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
        using var brotli = new BrotliStream(new MemoryStream(compressed), CompressionMode.Decompress);
        using var plaintext = new MemoryStream(compressed.Length * 4);
        brotli.CopyTo(plaintext);
        return plaintext.ToArray();
    }

    // Each part behind its length: else (a, bc) and (ab, c) would be one.
    private static byte[] Associated(SubjectKey key, string place)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write(Format);
        writer.Write(key.Tenant);
        writer.Write(key.Subject);
        writer.Write(place);
        writer.Flush();
        return bytes.ToArray();
    }
}
