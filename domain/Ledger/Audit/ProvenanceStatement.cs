using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Domain.Ledger.Log;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Ledger.Audit;

/// <summary>Where a version came from, as other tools read it: an in-toto Statement (in-toto/attestation, spec/v1). docs/audit.md describes the predicate.</summary>
/// <param name="Subject">The package's files, and the package as a whole under <see cref="WholePackage"/>.</param>
public sealed record ProvenanceStatement(
    [property: JsonPropertyName("_type")] string Type, IReadOnlyList<ResourceDescriptor> Subject, string PredicateType, SkillPredicate Predicate)
{
    public const string PayloadType = "application/vnd.in-toto+json";
    public const string StatementType = "https://in-toto.io/Statement/v1";
    public const string PredicateOfSkills = "https://skillpipeline.dev/skill-provenance/v1";

    /// <summary>The name of the subject whose digest is that of the package: over its files' paths, modes, digests and sizes. No file can have it.</summary>
    public const string WholePackage = "./";

    /// <summary>Of the keyed digests of runs, which are no plain hashes: HMAC-SHA-256 under a key of the data subject, in lower-case hex.</summary>
    public const string KeyedDigest = "skillpipelineHmacSha256";

    private const string Keyed = "hmac-sha256:";
    private const int DeepestJson = 32;

    private static readonly JsonSerializerOptions Json = new(LedgerJson.Options) { PropertyNameCaseInsensitive = false, AllowDuplicateProperties = false, MaxDepth = DeepestJson };

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    /// <returns>Null when it is none of this program's; hostile text included.</returns>
    public static ProvenanceStatement? TryRead(ReadOnlySpan<byte> payload)
    {
        try
        {
            return JsonSerializer.Deserialize<ProvenanceStatement>(payload, Json) is { Type: StatementType, PredicateType: PredicateOfSkills } statement ? statement : null;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            return null;
        }
    }

    public static ProvenanceStatement Of(VersionProvenance told, PackageManifest package, string checkpoint, LogKeys keys) => new(
        StatementType,
        [.. package.Files.Select(f => new ResourceDescriptor(f.Path) { Digest = Sha256(f.Sha256) }), new ResourceDescriptor(WholePackage) { Digest = Sha256(package.Digest) }],
        PredicateOfSkills,
        new(
            new(told.Skill, told.Name, told.Version, told.PackageDigest, told.Tier, told.IsRevoked),
            [.. told.Runs.Select(Of), .. told.Versions.SelectMany(v => v.Parents).Distinct().Select(Of)],
            told.Sections, told.Versions, told.Validations, told.Approvals,
            new(checkpoint, [.. keys.Introduced]) { Fork = keys.Fork })
        {
            Unread = told.Unread,
            ChangedEvidence = told.ChangedEvidence,
        });

    private static ResourceDescriptor Of(EpisodeFacts run) => new($"trajectory/{run.TrajectoryId}")
    {
        Uri = $"urn:skillpipeline:trajectory:{Uri.EscapeDataString(run.TrajectoryId)}",
        Digest = run.PayloadDigest.StartsWith(Keyed, StringComparison.Ordinal) ? new SortedDictionary<string, string>(StringComparer.Ordinal) { [KeyedDigest] = run.PayloadDigest[Keyed.Length..] } : null,
    };

    private static ResourceDescriptor Of(VersionReference parent) => new($"skill/{parent.SkillId}@{parent.Version}")
    {
        Uri = $"urn:skillpipeline:skill:{Uri.EscapeDataString(parent.SkillId)}:{parent.Version}",
        Digest = Sha256(parent.PackageDigest),
    };

    private static SortedDictionary<string, string> Sha256(string digest) => new(StringComparer.Ordinal) { ["sha256"] = digest[Ledger.Digest.Prefix.Length..] };
}

/// <summary>What a statement is about, or what that was made from (in-toto ResourceDescriptor).</summary>
public sealed record ResourceDescriptor(string Name)
{
    public string? Uri { get; init; }

    /// <summary>By algorithm, in hex.</summary>
    public IReadOnlyDictionary<string, string>? Digest { get; init; }
}

/// <param name="ResolvedDependencies">Runs by the keyed digests of their texts, and parent versions by the digests of their packages.</param>
public sealed record SkillPredicate(
    SkillFacts Skill, IReadOnlyList<ResourceDescriptor> ResolvedDependencies, IReadOnlyList<SectionProvenance> Sections, IReadOnlyList<VersionMaking> Versions,
    IReadOnlyList<ValidationFacts> Validations, IReadOnlyList<ApprovalFacts> Approvals, LogFacts Log)
{
    /// <summary>Events that who signed could not read, and of which nothing is told.</summary>
    public IReadOnlyList<UnreadEvent> Unread { get; init; } = [];

    /// <summary>Episodes behind it that were withdrawn or corrected since.</summary>
    public IReadOnlyList<EpisodeFacts> ChangedEvidence { get; init; } = [];
}

/// <param name="IsRevoked">Null: not known (<see cref="SkillPredicate.Unread"/>).</param>
public sealed record SkillFacts(string Id, string Name, int Version, string PackageDigest, Tier Tier, bool? IsRevoked);

/// <param name="Checkpoint">The signed note up to which it is told.</param>
/// <param name="Keys">With which the log vouches for its keys, each for the next: who kept an older one comes to the one that signed this.</param>
public sealed record LogFacts(string Checkpoint, IReadOnlyList<LogEvent.LogKeyIntroduced> Keys)
{
    /// <summary>Where the log began anew; null when it never did.</summary>
    public LogEvent.LogForked? Fork { get; init; }

    /// <summary>What the note says of the log, whoever signed it; null when it is no checkpoint.</summary>
    public Checkpoint? Told() => SignedNote.TryParse(Checkpoint) is { } note ? Log.Checkpoint.TryParse(note.Text) : null;

    internal IEnumerable<ILedgerEvent> Events() => Fork is { } fork ? [fork, .. Keys] : Keys;
}

/// <summary>Checks a statement in its envelope.</summary>
public static class StatementAudit
{
    /// <returns>The statement and the key that signed it; or what is wrong.</returns>
    public static (ProvenanceStatement? Statement, NoteKey? SignedBy, string Problem) Judge(DsseEnvelope? envelope, IReadOnlyList<NoteKey> kept)
    {
        if (envelope?.Bytes() is not { } payload) return (null, null, "this is no DSSE envelope");
        if (envelope.PayloadType != ProvenanceStatement.PayloadType) return (null, null, $"the payload is {envelope.PayloadType}, and not {ProvenanceStatement.PayloadType}");
        var statement = ProvenanceStatement.TryRead(payload);
        // Endorsements prove themselves, so they may be looked at before the signature is; nothing else is believed until then.
        var keys = statement is null ? LogKeys.Empty : LogKeys.Fold(statement.Predicate.Log.Events());
        var trusted = keys.TrustedFrom(kept);
        if (envelope.SignedBy(trusted) is null) return (null, null, "none of the keys that are trusted signed it");
        if (statement is null) return (null, null, $"the payload is no in-toto statement of type {ProvenanceStatement.PredicateOfSkills}");
        if (statement.Predicate.Log.Told() is not { } checkpoint) return (null, null, "its checkpoint is no signed checkpoint");
        // An auditor may keep the keys of several logs, and each speaks for its own only.
        if (envelope.SignedBy(trusted.Where(k => k.Name == checkpoint.Origin)) is not { } key) return (null, null, $"it is of log {checkpoint.Origin}, and signed with a key of another");
        var signed = SignedNote.TryParse(statement.Predicate.Log.Checkpoint)!.Verify([key]);
        if (!signed.Holds) return (null, null, $"its checkpoint was not signed by who signed the statement: {signed.Problem}");
        return keys.ProblemOf(key, checkpoint.Origin, kept) is { Length: > 0 } replaced ? (null, null, replaced) : (statement, key, "");
    }
}
