using System.Text;
using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Skills;

/// <summary>The files of one skill version, by path. Immutable; identified by a digest over path, mode and content.</summary>
public sealed class Package
{
    public const string SkillFile = "SKILL.md";

    private Package(IReadOnlyList<PackageFile> files)
    {
        Files = files;
        Manifest = PackageManifest.Of(files);
    }

    /// <summary>In ordinal order of their paths.</summary>
    public IReadOnlyList<PackageFile> Files { get; }

    public PackageManifest Manifest { get; }
    public string Digest => Manifest.Digest;

    /// <exception cref="ArgumentException">Two files have one path.</exception>
    public static Package Of(IEnumerable<PackageFile> files)
    {
        var ordered = files.OrderBy(f => f.Path, StringComparer.Ordinal).ToList();
        var twice = ordered.Zip(ordered.Skip(1)).FirstOrDefault(pair => pair.First.Path == pair.Second.Path);
        return twice.First is null
            ? new(ordered)
            : throw new ArgumentException($"the package has the file {twice.First.Path} twice", nameof(files));
    }

    public static Package OfText(params (string Path, string Text)[] files) =>
        Of(files.Select(f => new PackageFile(f.Path, PackageFile.Regular, Encoding.UTF8.GetBytes(f.Text))));

    /// <summary>The text of SKILL.md, or empty where the package has none.</summary>
    public string SkillText => TextOf(SkillFile);

    /// <summary>The text of a file, or empty where the package has none at that path.</summary>
    public string TextOf(string path) => Files.FirstOrDefault(f => f.Path == path) is { } file ? Encoding.UTF8.GetString(file.Content) : "";

    /// <summary>The package with another SKILL.md and all its other files.</summary>
    public Package WithSkillText(string text) => Of(Files.Select(f => f.Path == SkillFile ? f with { Content = Encoding.UTF8.GetBytes(text) } : f));
}

/// <param name="Path">Relative, with forward slashes.</param>
/// <param name="Mode">As git writes it: <see cref="Regular"/> or <see cref="Executable"/>.</param>
public sealed record PackageFile(string Path, string Mode, byte[] Content)
{
    public const string Regular = "100644";
    public const string Executable = "100755";

    public string Sha256 => Digest.Of(Content);
}

/// <summary>What an event says of a package: the files by their digests, and one digest over them all.</summary>
/// <param name="Digest">SHA-256 over the canonical JSON of <paramref name="Files"/>.</param>
/// <param name="Files">In ordinal order of their paths.</param>
public sealed record PackageManifest(string Digest, IReadOnlyList<ManifestEntry> Files)
{
    public static PackageManifest Of(IEnumerable<PackageFile> files)
    {
        var entries = files.OrderBy(f => f.Path, StringComparer.Ordinal)
            .Select(f => new ManifestEntry(f.Path, f.Mode, f.Sha256, f.Content.LongLength)).ToList();
        return new(DigestOf(entries), entries);
    }

    public static string DigestOf(IReadOnlyList<ManifestEntry> entries) => CanonicalJson.DigestOf(entries);

    public bool Equals(PackageManifest? other) => other is not null && Digest == other.Digest && Files.SequenceEqual(other.Files);

    public override int GetHashCode() => Digest.GetHashCode(StringComparison.Ordinal);
}

/// <param name="Size">Bytes.</param>
public sealed record ManifestEntry(string Path, string Mode, string Sha256, long Size);
