using Pipeline.Domain.Skills;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.RunValidation;

/// <summary>Packages as the content store has them.</summary>
public sealed class StoredPackages(EventStore store)
{
    /// <returns>Null where a file is missing, or is not what its digest says.</returns>
    public async Task<Package?> ReadAsync(PackageManifest manifest, CancellationToken ct)
    {
        try
        {
            var contents = await store.ReadContentsAsync([.. manifest.Files.Select(f => f.Sha256).Distinct(StringComparer.Ordinal)], ct);
            if (manifest.Files.Any(f => !contents.ContainsKey(f.Sha256))) return null;
            var package = Package.Of(manifest.Files.Select(f => new PackageFile(f.Path, f.Mode, contents[f.Sha256])));
            return package.Digest == manifest.Digest ? package : null;
        }
        catch (ContentCorruptedException)
        {
            return null;
        }
    }
}
