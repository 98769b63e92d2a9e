using System.Text;
using System.Text.Json;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Functions.Cli.Exporting;

/// <summary>What <c>skills.lock.json</c> says of a folder of exported skills. The same skills give the same bytes.</summary>
/// <param name="Leaf">How many events were sealed when these skills were what is served.</param>
/// <param name="Vetted">Whether they have passed validation. Until there are tiers, none has.</param>
/// <param name="Skills">In ordinal order of their names.</param>
internal sealed record SkillsLock(long Leaf, bool Vetted, IReadOnlyList<LockedSkill> Skills)
{
    public const string FileName = "skills.lock.json";

    public static SkillsLock Of(long leaf, IEnumerable<LockedSkill> skills) =>
        new(leaf, Vetted: false, [.. skills.OrderBy(s => s.Name, StringComparer.Ordinal)]);

    public byte[] Bytes() =>
        Encoding.UTF8.GetBytes(JsonSerializer.Serialize(this, LedgerJson.Indented).ReplaceLineEndings("\n") + "\n");

    /// <summary>The lock file of an earlier export; null if there is none.</summary>
    /// <exception cref="CliFailure">There is one that cannot be read.</exception>
    public static async Task<SkillsLock?> ReadAsync(string directory, CancellationToken ct)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize<SkillsLock>(await File.ReadAllBytesAsync(path, ct), LedgerJson.Options);
        }
        catch (JsonException)
        {
            throw new CliFailure(ExitCodes.Refused, $"{path} is no lock file of an export. Move it away, or export to another folder.");
        }
    }
}

/// <param name="Files">In ordinal order of their paths.</param>
internal sealed record LockedSkill(string Id, string Name, int Version, string Digest, IReadOnlyList<ManifestEntry> Files);
