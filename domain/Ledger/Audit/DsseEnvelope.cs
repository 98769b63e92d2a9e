using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Domain.Ledger.Log;

namespace Pipeline.Domain.Ledger.Audit;

/// <summary>A payload of a told type with signatures over both (DSSE v1, secure-systems-lab/dsse: protocol.md, envelope.md).</summary>
/// <param name="Payload">Base64.</param>
public sealed record DsseEnvelope(string Payload, string PayloadType, IReadOnlyList<DsseSignature> Signatures)
{
    private const int MostSignatures = 100;

    /// <summary>Of a file, in bytes. It is read as a whole.</summary>
    public const int LargestFile = 64 * 1024 * 1024;

    private const int DeepestJson = 8;

    // What others put beside these members is none of our business (envelope.md).
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        MaxDepth = DeepestJson,
    };

    /// <summary>What a signature is made over: type and payload, each with its length in bytes before it (protocol.md, PAE).</summary>
    public static byte[] SignedBytes(string payloadType, ReadOnlySpan<byte> payload) =>
        [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"DSSEv1 {Encoding.UTF8.GetByteCount(payloadType)} {payloadType} {payload.Length} ")), .. payload];

    public static DsseEnvelope Of(string payloadType, ReadOnlySpan<byte> payload, NoteKey by, ReadOnlySpan<byte> signature) =>
        new(Convert.ToBase64String(payload), payloadType, [new(Convert.ToBase64String(signature), KeyIdOf(by))]);

    public byte[] Write() => [.. JsonSerializer.SerializeToUtf8Bytes(this, Json), (byte)'\n'];

    /// <returns>Null when it is no envelope; hostile text included.</returns>
    public static DsseEnvelope? TryRead(ReadOnlySpan<byte> file)
    {
        if (file.Length > LargestFile) return null;
        try
        {
            return JsonSerializer.Deserialize<DsseEnvelope>(file, Json) is { Signatures.Count: > 0 and <= MostSignatures } envelope && envelope.Signatures.All(s => s is not null) ? envelope : null;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>The payload as it was signed; null when it is no base64. Both alphabets are good (protocol.md).</summary>
    public byte[]? Bytes() => Decoded(Payload);

    /// <summary>A trusted key that signed it; null when none did. Ids of keys are hints, and are not looked at.</summary>
    public NoteKey? SignedBy(IEnumerable<NoteKey> trusted)
    {
        if (Bytes() is not { } payload) return null;
        var signed = SignedBytes(PayloadType, payload);
        var signatures = Signatures.Select(s => Decoded(s.Sig)).OfType<byte[]>().ToList();
        return trusted.FirstOrDefault(key => key.CanVerify && signatures.Exists(s => key.Verify(signed, s)));
    }

    private static string KeyIdOf(NoteKey key) => $"{key.Name}+{key.IdText}";

    private static byte[]? Decoded(string base64) => StrictBase64.Read(base64.Replace('-', '+').Replace('_', '/'));
}

/// <param name="Sig">Base64; ECDSA with SHA-256 in DER, as everything that the log's key signs.</param>
/// <param name="Keyid">A hint.</param>
public sealed record DsseSignature(string Sig, string? Keyid = null);
