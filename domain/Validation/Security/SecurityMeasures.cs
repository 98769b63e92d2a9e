namespace Pipeline.Domain.Validation.Security;

/// <summary>What the scanner measures without patterns. A rule gives a measure its severity and its reason; without a rule it is not reported.</summary>
public static class SecurityMeasures
{
    public const string TooManyFiles = "limit.files";
    public const string TooLarge = "limit.size";
    public const string TooDeep = "limit.depth";
    public const string Bomb = "limit.ratio";
    public const string DecodingExhausted = "limit.decoding";
    public const string TooManyMatches = "limit.matches";
    public const string NestedArchive = "archive.nested";
    public const string BrokenArchive = "archive.broken";
    public const string EncryptedArchive = "archive.encrypted";
    public const string UnreadableArchive = "archive.unreadable";
    public const string Executable = "binary.executable";
    public const string Disguised = "binary.disguised";
    public const string Polyglot = "binary.polyglot";
    public const string Serialized = "binary.serialized";
    public const string OpaqueBinary = "binary.opaque";
    public const string InvalidText = "text.invalid";
    public const string ControlCharacters = "text.control";
    public const string Bidi = "unicode.bidi";
    public const string ZeroWidth = "unicode.zero-width";
    public const string Tags = "unicode.tags";
    public const string Selectors = "unicode.selectors";
    public const string Homoglyphs = "unicode.homoglyphs";
    public const string MisleadingLink = "link.misleading";
    public const string UnsafePath = "path.unsafe";
    public const string CollidingPaths = "path.collision";
    public const string Link = "path.link";
    public const string LookAlikePackage = "package.look-alike";
    public const string UnrelatedHost = "host.unrelated";
    public const string MissingScript = "package.missing-script";
    public const string OpaqueBlob = "blob.opaque";

    public static IReadOnlySet<string> All { get; } = new HashSet<string>(
        [
            TooManyFiles, TooLarge, TooDeep, Bomb, DecodingExhausted, TooManyMatches, NestedArchive, BrokenArchive, EncryptedArchive, UnreadableArchive, Executable, Disguised, Polyglot,
            Serialized, OpaqueBinary, InvalidText, ControlCharacters, Bidi, ZeroWidth, Tags, Selectors, Homoglyphs, MisleadingLink, UnsafePath, CollidingPaths, Link,
            LookAlikePackage, MissingScript, UnrelatedHost, OpaqueBlob,
        ],
        StringComparer.Ordinal);
}
