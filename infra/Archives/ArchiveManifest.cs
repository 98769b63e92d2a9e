using System.Globalization;
using System.Text.Json;
using Pipeline.Domain.Ledger;

namespace Pipeline.Infra.Archives;

/// <summary>What <c>archive.json</c> says: the only file without which a directory is no archive. Stored format, described in docs/archive.md.</summary>
/// <param name="Format">Raised when an older program could not read it rightly.</param>
/// <param name="Program">Which wrote it.</param>
/// <param name="Checkpoint">The signed note over all leaves of the archive.</param>
/// <param name="Root">Of the tree over them, as base64.</param>
/// <param name="Keys">Every key that the log was signed with under this name, the first one first.</param>
/// <param name="LeavesPerPortion">In every portion but the last.</param>
public sealed record ArchiveManifest(
    int Format, string Program, string Origin, long Size, string Root, string Checkpoint, IReadOnlyList<ArchivedKey> Keys, int LeavesPerPortion,
    IReadOnlyList<ArchivedPortion> Leaves, ArchivedList Checkpoints, ArchivedList Contents)
{
    /// <summary>Where the log began anew, the first time first; null where it never did.</summary>
    public IReadOnlyList<ArchivedFork>? Forks { get; init; }

    public const int CurrentFormat = 1;
    public const string FileName = "archive.json";

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, LedgerJson.Indented);

    /// <exception cref="ArchiveException">It is no manifest, of a newer format, or contradicts itself.</exception>
    public static ArchiveManifest Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using (var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false }))
            {
                if (document.RootElement.GetProperty("format").GetInt32() > CurrentFormat)
                    throw new ArchiveException(FileName, "it was written by a newer program: use that one");
            }
            var manifest = JsonSerializer.Deserialize<ArchiveManifest>(json.Span, LedgerJson.Options)!;
            if (manifest.Contradiction() is { } contradiction) throw new ArchiveException(FileName, contradiction);
            return manifest;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException or NotSupportedException)
        {
            throw new ArchiveException(FileName, "it is not what an archive begins with", e);
        }
    }

    // Nothing that it says of places is believed: every name is known without it.
    private string? Contradiction()
    {
        if (Format != CurrentFormat || Origin is null || Root is null || Checkpoint is null || Program is null || Keys is null || Leaves is null || Checkpoints is null || Contents is null) return "something is missing in it";
        if (Size < 1 || LeavesPerPortion is < 1 or > LeafPortion.MostLeaves) return "its numbers cannot be";
        var portions = (Size - 1) / LeavesPerPortion + 1;
        if (Leaves.Count != portions) return string.Create(CultureInfo.InvariantCulture, $"it names {Leaves.Count} portions of leaves, and {Size} leaves are {portions}");
        for (var i = 0; i < Leaves.Count; i++)
        {
            var (first, name) = ((long)i * LeavesPerPortion, LeafPortion.NameOf(i));
            if (Leaves[i] is not { } portion || portion.First != first || portion.File != name || portion.Count != Math.Min(LeavesPerPortion, Size - first))
                return string.Create(CultureInfo.InvariantCulture, $"portion {i} is not the one that must come there: {name}, from leaf {first} on");
        }
        return Checkpoints.File != ArchiveDirectory.CheckpointsFile || Contents.File != ArchiveDirectory.ContentsFile ? "its lists are not where they must be" : null;
    }
}

/// <summary>A key of the log: as its verifiers keep it, and by what the one before vouches for it.</summary>
public sealed record ArchivedKey(string Key, string? Replaces, string? Endorsement);

/// <summary>The log went on under another name.</summary>
/// <param name="PreviousOrigin">What it was called until then.</param>
/// <param name="PreviousKeys">Every key that it was signed with under that name, the first one first.</param>
public sealed record ArchivedFork(string Origin, string PreviousOrigin, IReadOnlyList<ArchivedKey> PreviousKeys);

/// <param name="File">In the archive.</param>
/// <param name="First">Leaf.</param>
/// <param name="Bytes">Of the file.</param>
/// <param name="Sha256">Of the file.</param>
public sealed record ArchivedPortion(string File, long First, int Count, long Bytes, string Sha256);

/// <param name="Count">Lines.</param>
public sealed record ArchivedList(string File, long Count, long Bytes, string Sha256);

/// <summary>A line of the list of contents.</summary>
/// <param name="Bytes">Null where there is no file.</param>
/// <param name="Erased">With a data subject: there is no file.</param>
/// <param name="Absent">True where an event names it and the ledger did not have it when it was exported, although no event says that it was erased; null otherwise.
/// The exporter's word.</param>
public sealed record ArchivedContent(string Sha256, long? Bytes, bool Erased = false, bool? Absent = null);

/// <summary>A line of the list of checkpoints.</summary>
public sealed record ArchivedCheckpoint(string Note, DateTimeOffset SignedAt);

/// <summary>The archive is not what it must be. The message says what is wrong; it is for people.</summary>
/// <param name="place">The file, and the line or leaf in it where there is one.</param>
public sealed class ArchiveException(string place, string problem, Exception? inner = null) : Exception($"{place}: {problem}", inner)
{
    public string Place { get; } = place;
    public string Problem { get; } = problem;
}
