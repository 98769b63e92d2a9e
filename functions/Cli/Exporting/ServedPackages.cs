using Pipeline.Domain.Skills;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Files;

namespace Pipeline.Functions.Cli.Exporting;

/// <summary>Fetches packages and believes nothing but the digest.</summary>
internal static class ServedPackages
{
    /// <summary>For agents: nothing of quarantine.</summary>
    /// <exception cref="IOException">What came is not what the digest names; the message says so.</exception>
    public static Task<Package> FetchAsync(LedgerClient client, string skill, int version, string digest, CancellationToken ct) =>
        FetchAsync(client, skill, version, digest, quarantined: false, ct);

    /// <summary>For whoever reviews a version, wherever it stands.</summary>
    /// <inheritdoc cref="FetchAsync(LedgerClient, string, int, string, CancellationToken)"/>
    public static Task<Package> ReviewAsync(LedgerClient client, string skill, int version, string digest, CancellationToken ct) =>
        FetchAsync(client, skill, version, digest, quarantined: true, ct);

    private static async Task<Package> FetchAsync(LedgerClient client, string skill, int version, string digest, bool quarantined, CancellationToken ct)
    {
        var manifest = (await client.VersionAsync(skill, version, ct)).Value.Files;
        var contents = (await SafeZip.ReadAsync(await client.PackageAsync(skill, version, quarantined, ct), ct)).ToDictionary(f => f.Path, f => f.Content, StringComparer.Ordinal);
        if (manifest.FirstOrDefault(f => !contents.ContainsKey(f.Path)) is { } absent)
            throw new IOException($"the package lacks {absent.Path}, which its version has");
        // Zip keeps no mode that can be relied on; the manifest does.
        var package = Package.Of(manifest.Select(f => new PackageFile(f.Path, f.Mode, contents[f.Path])));
        return package.Digest == digest ? package
            : throw new IOException($"the package's digest is {package.Digest}, but the ledger recorded {digest}");
    }
}
