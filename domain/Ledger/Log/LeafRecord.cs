using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Pipeline.Domain.Ledger.Log;

/// <summary>What a leaf of the log is the hash of: an event as it is stored, without its place. Made from the stored JSON and not from a record, so that an
/// event of a type that this program does not know has the same leaf for everyone.</summary>
/// <remarks>Stored format, versioned by its member <c>v</c>; described in docs/audit.md.</remarks>
public sealed record LeafRecord
{
    public const int Format = 1;

    private const int DeepestJson = 512;
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";
    private static readonly JsonDocumentOptions Reading = new() { MaxDepth = DeepestJson };
    private static readonly JsonDocumentOptions ReadingStrictly = new() { MaxDepth = DeepestJson + 2, AllowDuplicateProperties = false };

    // Null is what another program left empty.
    public required string? Tenant { get; init; }
    public required string? Stream { get; init; }
    public required long Version { get; init; }
    public required Guid Id { get; init; }
    public required string Type { get; init; }

    /// <summary>In microseconds: what is finer is not stored.</summary>
    public required DateTimeOffset At { get; init; }
    public string? Correlation { get; init; }
    public string? Causation { get; init; }

    /// <summary>JSON.</summary>
    public string? Headers { get; init; }

    /// <summary>JSON.</summary>
    public required string Data { get; init; }

    public static LeafRecord Of(RecordedEvent e, string? headers, string data) => new()
    {
        Tenant = e.Context.Tenant,
        Stream = e.StreamId,
        Version = e.Version,
        Id = e.Id,
        Type = e.Alias,
        At = e.Context.RecordedAt,
        Correlation = e.Context.CorrelationId,
        Causation = e.Context.CausationId,
        Headers = headers,
        Data = data,
    };

    /// <summary>The leaf's data, in UTF-8: an object with its members in order, as RFC 8785 wants. JSON that is nested too deep to be read stands in it
    /// as text.</summary>
    public byte[] Canonical()
    {
        var to = new ArrayBufferWriter<byte>(512 + (2 * Data.Length));
        to.Write("{\"at\":"u8);
        LeafJson.Write(At.ToUniversalTime().ToString(TimeFormat, CultureInfo.InvariantCulture), to);
        Member(",\"causation\":"u8, Causation, to);
        Member(",\"correlation\":"u8, Correlation, to);
        Json(",\"data\":"u8, ",\"dataText\":"u8, Data, to);
        if (Headers is null) Member(",\"headers\":"u8, null, to);
        else Json(",\"headers\":"u8, ",\"headersText\":"u8, Headers, to);
        Member(",\"id\":"u8, Id.ToString("D"), to);
        Member(",\"stream\":"u8, Stream, to);
        Member(",\"tenant\":"u8, Tenant, to);
        Member(",\"type\":"u8, Type, to);
        to.Write(",\"v\":1,\"version\":"u8);
        Encoding.UTF8.GetBytes(Version.ToString(CultureInfo.InvariantCulture), to);
        to.Write("}"u8);
        return to.WrittenSpan.ToArray();
    }

    public MerkleHash Hash() => MerkleHash.OfLeaf(Canonical());

    /// <summary>Reads a leaf's canonical text.</summary>
    /// <returns>Null when it is not the canonical text of any leaf of <see cref="Format"/>; hostile text included.</returns>
    public static LeafRecord? TryRead(ReadOnlyMemory<byte> canonical)
    {
        try
        {
            using var document = JsonDocument.Parse(canonical, ReadingStrictly);
            var leaf = document.RootElement;
            if (leaf.GetProperty("v").GetInt32() != Format) return null;
            var read = new LeafRecord
            {
                Tenant = leaf.GetProperty("tenant").GetString(),
                Stream = leaf.GetProperty("stream").GetString(),
                Version = leaf.GetProperty("version").GetInt64(),
                Id = leaf.GetProperty("id").GetGuid(),
                Type = leaf.GetProperty("type").GetString()!,
                At = DateTimeOffset.ParseExact(leaf.GetProperty("at").GetString()!, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
                Correlation = leaf.GetProperty("correlation").GetString(),
                Causation = leaf.GetProperty("causation").GetString(),
                Headers = leaf.TryGetProperty("headersText", out var headersText) ? headersText.GetString()
                    : leaf.GetProperty("headers") is { ValueKind: not JsonValueKind.Null } headers ? headers.GetRawText() : null,
                Data = leaf.TryGetProperty("dataText", out var dataText) ? dataText.GetString()! : leaf.GetProperty("data").GetRawText(),
            };
            return read.Canonical().AsSpan().SequenceEqual(canonical.Span) ? read : null;
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or OverflowException or ArgumentException)
        {
            return null;
        }
    }

    private static void Member(ReadOnlySpan<byte> name, string? value, ArrayBufferWriter<byte> to)
    {
        to.Write(name);
        LeafJson.Write(value, to);
    }

    private static void Json(ReadOnlySpan<byte> name, ReadOnlySpan<byte> nameOfText, string json, ArrayBufferWriter<byte> to)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, Reading);
        }
        catch (JsonException)
        {
            Member(nameOfText, json, to);
            return;
        }
        using (document)
        {
            to.Write(name);
            LeafJson.Write(document.RootElement, to);
        }
    }
}
