using System.Text;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Functions.LedgerApi;

/// <summary>Skills as the API shows them.</summary>
public sealed class SkillViews(SkillQueries queries, EventStore store)
{
    public static SkillView Of(CataloguedSkill s) => new(
        s.SkillId, s.Name, s.Description, s.Environment, s.FamilyId, s.Origin, s.Kind, s.Status, s.AbsorbedInto,
        s.LatestVersion, s.LatestDigest, s.Versions, s.CreatedAt, s.UpdatedAt)
    {
        VariantOf = s.VariantOf,
        Model = s.Model.Length > 0 ? s.Model : null,
    };

    /// <summary>As an alias serves it.</summary>
    public static SkillView Of(ServedSkill served) => Of(served.Skill) with
    {
        Version = served.Version?.Version,
        Digest = served.Version?.PackageDigest,
        Description = served.Version?.Description ?? served.Skill.Description,
        Tier = served.Version?.Tier,
        ServedBy = served.By,
        Allows = served.Version is { } version ? TierAllowance.Of(version.Tier) : null,
    };

    public static VersionView Of(CataloguedVersion v) => new(
        v.Version, v.Operation, v.PackageDigest, v.Description, v.Rationale, $"{v.Composer.Name}@{v.Composer.Version}{(v.Composer.Model.Length > 0 ? $" ({v.Composer.Model})" : "")}",
        v.Parents, v.Taint, v.Tier, v.Revoked, v.CreatedAt, v.Leaf, TierAllowance.Of(v.Tier));

    public Task<AtLeaf<CataloguedSkill?>> FindAsync(string idOrName, CancellationToken ct) => queries.FindAsync(EventContext.DefaultTenant, idOrName, ct);

    public async Task<IReadOnlyList<CataloguedVersion>> VersionsAsync(string skillId, CancellationToken ct) =>
        (await queries.VersionsAsync(EventContext.DefaultTenant, skillId, ct)).Value;

    public Task<IReadOnlyList<RecordedEvent>> StreamAsync(string skillId, CancellationToken ct) =>
        store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Skill, skillId), ct: ct);

    /// <summary>A version's files with their content, each checked against its digest.</summary>
    /// <returns>Those that are there: fewer than the manifest names where some are missing.</returns>
    /// <exception cref="ContentCorruptedException">A file is not what its digest says.</exception>
    public async Task<IReadOnlyList<PackageFile>> FilesThereAsync(PackageManifest manifest, CancellationToken ct)
    {
        var contents = await store.ReadContentsAsync([.. manifest.Files.Select(f => f.Sha256).Distinct()], ct);
        return [.. manifest.Files.Where(f => contents.ContainsKey(f.Sha256)).Select(f => new PackageFile(f.Path, f.Mode, contents[f.Sha256]))];
    }

    /// <inheritdoc cref="FilesThereAsync"/>
    /// <returns>All of them.</returns>
    /// <exception cref="ContentCorruptedException">A file is not what its digest says, or it is missing.</exception>
    public async Task<IReadOnlyList<PackageFile>> FilesAsync(PackageManifest manifest, CancellationToken ct)
    {
        var files = await FilesThereAsync(manifest, ct);
        return files.Count == manifest.Files.Count
            ? files
            : throw new ContentCorruptedException(manifest.Files.First(f => files.All(there => there.Path != f.Path)).Sha256, "it is missing");
    }

    /// <summary>What a version brings and its tier does not allow.</summary>
    public async Task<IReadOnlyList<string>> WithheldAsync(CataloguedVersion version, CancellationToken ct)
    {
        try
        {
            return TierAllowance.Withheld(version.Tier, await FilesThereAsync(version.Manifest, ct));
        }
        catch (ContentCorruptedException)
        {
            return ["what cannot be told: a file is not what its digest says"];
        }
    }

    public async Task<string> TextAsync(PackageManifest manifest, CancellationToken ct) =>
        manifest.Files.FirstOrDefault(f => f.Path == Package.SkillFile) is { } file && await store.ReadContentAsync(file.Sha256, ct) is { } bytes
            ? Encoding.UTF8.GetString(bytes)
            : "";
}

/// <param name="Version">The one that is served; null when every one is revoked.</param>
public sealed record SkillView(
    string Id, string Name, string Description, string Environment, string Family, SkillOrigin Origin, SkillKind Kind, Lifecycle Status, string? AbsorbedInto,
    int? Version, string? Digest, int Versions, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    /// <summary>Null in lists.</summary>
    public long? StreamVersion { get; init; }

    /// <summary>The id of the skill that it is a sibling of, and the model that it is for; null for a skill that is no sibling.</summary>
    public string? VariantOf { get; init; }
    public string? Model { get; init; }

    /// <summary>Of the version that is served.</summary>
    public Tier? Tier { get; init; }

    /// <summary>The alias that served it: another than the one asked for where that is only for a share of the callers; null when none is served.</summary>
    public string? ServedBy { get; init; }

    /// <summary>What the version's tier permits; null when none is served.</summary>
    public Allowance? Allows { get; init; }
}

public sealed record VersionView(
    int Version, VersionOperation Operation, string Digest, string Description, string Rationale, string Composer,
    IReadOnlyList<VersionReference> Parents, IReadOnlyList<string> Taint, Tier Tier, bool Revoked, DateTimeOffset CreatedAt, long Leaf, Allowance Allows);
