using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Ledger.Audit;

/// <summary>One version of a skill with all that proves where it came from, in one file that is checked without the ledger.</summary>
/// <remarks>Stored format, versioned by its first member; described in docs/audit.md. What a reader makes of it is worth nothing before
/// <see cref="BundleAudit"/> has gone over it.</remarks>
/// <param name="Checkpoint">A signed note.</param>
/// <param name="Ends">A signed note that the streams of this bundle have no other events up to the checkpoint (<see cref="StreamEnds"/>).</param>
/// <param name="Leaves">In the order of the log.</param>
/// <param name="Files">Those of the package.</param>
/// <param name="Policies">Those that decided (<see cref="VersionTrail.DecidingPolicies"/>), in that order.</param>
/// <param name="Parents">What the version was made from, for people: the events say it, too.</param>
public sealed record AuditBundle(
    string Format, string Skill, int Version, string Checkpoint, string Ends, IReadOnlyList<BundleLeaf> Leaves, IReadOnlyList<BundleFile> Files,
    IReadOnlyList<BundleContent> Policies, IReadOnlyList<VersionReference> Parents)
{
    public const string Format1 = "skillpipeline.dev/bundle@v1";

    /// <summary>Of a file, in bytes. It is read as a whole.</summary>
    public const long LargestFile = 512L * 1024 * 1024;

    private const int DeepestJson = 8;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        MaxDepth = DeepestJson,
    };

    /// <summary>UTF-8, on one line.</summary>
    public byte[] Write() => [.. JsonSerializer.SerializeToUtf8Bytes(this, Json), (byte)'\n'];

    /// <summary>Reads a file from anywhere.</summary>
    /// <returns>Null when it is no bundle of this format: not JSON, a member twice, missing or unknown, nested too deep, or too large.</returns>
    public static AuditBundle? TryRead(ReadOnlySpan<byte> file)
    {
        if (file.Length > LargestFile) return null;
        try
        {
            // A byte that is no UTF-8 would be read as another, and two files would be one bundle.
            _ = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetCharCount(file);
            return JsonSerializer.Deserialize<AuditBundle>(file, Json) is { Format: Format1 } bundle && bundle.IsWhole() ? bundle : null;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            return null;
        }
    }

    // The serializer lets null into a list of what has no null.
    private bool IsWhole() =>
        Leaves.All(l => l is { Proof: not null } && l.Proof.All(h => h is not null)) && Files.All(f => f is not null) && Policies.All(p => p is not null) && Parents.All(p => p is not null);
}

/// <param name="Leaf">Its number, from 0.</param>
/// <param name="Text">The event's canonical text (<see cref="LeafRecord"/>).</param>
/// <param name="Proof">Hashes of the inclusion proof in the checkpoint's tree, as base64.</param>
public sealed record BundleLeaf(long Leaf, string Text, IReadOnlyList<string> Proof);

/// <param name="Content">Base64; null when it was erased.</param>
/// <param name="Erased">The leaf that says that it was erased; null when it was not.</param>
public sealed record BundleFile(string Path, string Mode, string? Content = null, long? Erased = null);

/// <param name="Content">Base64; null when it is missing.</param>
/// <param name="Missing">True: who made the bundle did not have it. Null when it is there.</param>
public sealed record BundleContent(string Digest, string? Content = null, bool? Missing = null);

/// <summary>With which the log's key says where streams end: a signed note, whose text no checkpoint and no endorsement can have. Proofs of inclusion show what
/// there was, and never that there was nothing more.</summary>
public static class StreamEnds
{
    private const string Kind = "skillpipeline.dev/stream-ends@v1";

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    /// <param name="events">All of a bundle's, and of one tenant: the last of each stream is its end.</param>
    /// <param name="signedAt">To the second.</param>
    public static string Text(Checkpoint checkpoint, string skill, int version, IReadOnlyList<TrailEvent> events, DateTimeOffset signedAt)
    {
        var tenant = events.Count > 0 ? events[0].Record.Tenant ?? "" : "";
        var ends = events.GroupBy(e => e.Record.Stream ?? "", StringComparer.Ordinal).ToDictionary(s => s.Key, s => s.Max(e => e.Record.Version), StringComparer.Ordinal);
        return $"{Kind}\n{checkpoint.Text()}{signedAt.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}\n{CanonicalJson.DigestOf(new { tenant, skill, version, ends })}\n";
    }

    /// <summary>When it says that it was signed; null when it says nothing of the kind.</summary>
    public static DateTimeOffset? SignedAt(string text)
    {
        var lines = text.Split('\n');
        return lines.Length > 2 && DateTimeOffset.TryParseExact(lines[^3], TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at) ? at : null;
    }
}
