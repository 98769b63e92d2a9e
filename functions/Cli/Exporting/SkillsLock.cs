using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.Cli.Files;

namespace Pipeline.Functions.Cli.Exporting;

/// <summary>What <c>skills.lock.json</c> says of a folder of exported skills. The same skills give the same bytes.</summary>
/// <param name="Leaf">How many events were sealed when these skills were what is served.</param>
/// <param name="Skills">In ordinal order of their names.</param>
internal sealed record SkillsLock(long Leaf, IReadOnlyList<LockedSkill> Skills)
{
    public const string FileName = "skills.lock.json";

    /// <summary>The alias that the directory follows; null for what is served without naming one.</summary>
    public string? Alias { get; init; }

    /// <summary>The only environment that the directory follows; null for all.</summary>
    public string? Environment { get; init; }

    /// <summary>Who the directory asked as, where that was told and makes a difference; null: as whoever asks.</summary>
    public string? Caller { get; init; }

    /// <summary>By name. A lock file is anybody's to edit, and folders of these names are written and deleted: what is no skill's name is left out.</summary>
    [JsonIgnore]
    public IReadOnlyDictionary<string, LockedSkill> ByName => Skills.Where(s => PackagePath.IsSkillName(s.Name)).DistinctBy(s => s.Name).ToDictionary(s => s.Name, StringComparer.Ordinal);

    /// <summary>The alias by which the directory was given a skill.</summary>
    public string AliasOf(LockedSkill skill) => skill.ServedBy ?? Alias ?? AliasRules.Latest;

    public static SkillsLock Of(long leaf, IEnumerable<LockedSkill> skills) =>
        new(leaf, [.. skills.OrderBy(s => s.Name, StringComparer.Ordinal)]);

    public byte[] Bytes() =>
        Encoding.UTF8.GetBytes(JsonSerializer.Serialize(this, LedgerJson.Indented).ReplaceLineEndings("\n") + "\n");

    /// <summary>Through a file beside it, so that neither a link in its place nor a command that is broken off spoils anything.</summary>
    public async Task WriteAsync(string directory, CancellationToken ct)
    {
        var path = Path.Combine(directory, FileName);
        var unfinished = path + ".new";
        SkillFolder.Delete(unfinished);
        await using (var stream = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write)) await stream.WriteAsync(Bytes(), ct);
        File.Move(unfinished, path, overwrite: true);
    }

    /// <summary>The lock file of an earlier export; null if there is none.</summary>
    /// <exception cref="CliFailure">There is one that cannot be read.</exception>
    public static async Task<SkillsLock?> ReadAsync(string directory, CancellationToken ct)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            if (JsonSerializer.Deserialize<SkillsLock>(await File.ReadAllBytesAsync(path, ct), LedgerJson.Options) is { Skills: not null } read
                && read.Skills.All(s => s is { IsWhole: true })) return read;
        }
        catch (JsonException)
        {
            // Said below.
        }

        throw new CliFailure(ExitCodes.Refused, $"{path} is no lock file of an export. Move it away, or export to another folder.");
    }
}

/// <param name="Files">Of the package, in ordinal order of their paths: also those that were withheld.</param>
internal sealed record LockedSkill(string Id, string Name, int Version, string Digest, IReadOnlyList<ManifestEntry> Files)
{
    /// <summary>The alias that served it, where that is another than the one that the directory follows.</summary>
    public string? ServedBy { get; init; }

    /// <summary>Scripts that are not in the folder, since the version's tier does not allow them; null where everything is there.</summary>
    public IReadOnlyList<string>? Withheld { get; init; }

    /// <summary>What is to be in the folder.</summary>
    [JsonIgnore]
    public IReadOnlyList<ManifestEntry> Given => Withheld is null ? Files : [.. Files.Where(f => !Withheld.Contains(f.Path, StringComparer.Ordinal))];

    /// <summary>What its SKILL.md calls it, where that is not <see cref="Name"/>: the ledger has renamed it, and its bytes stay as they are. Empty
    /// where that states no name; null where it is the same.</summary>
    public string? CallsItself { get; init; }

    /// <summary>Whether nothing is missing that a file may leave out.</summary>
    [JsonIgnore]
    public bool IsWhole => (Id, Name, Digest, Files) is (not null, not null, not null, not null) && Files.All(f => f is { Path: not null, Mode: not null, Sha256: not null });

    /// <summary>Whether its files are those that its digest is of: whoever edits the one seldom edits the other.</summary>
    [JsonIgnore]
    public bool IsConsistent => PackageManifest.DigestOf(Files) == Digest;
}
