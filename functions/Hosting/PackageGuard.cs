using System.Globalization;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Hosting;

/// <summary>Who has a package, and why one does not come back. What keeps it out is the append itself: <see cref="PackageUse"/>.</summary>
public sealed class PackageGuard(PackageHolders holders)
{
    /// <summary>Skills with a version of this package, in ordinal order of their ids.</summary>
    public Task<IReadOnlyList<string>> HoldersAsync(string tenant, string packageDigest, CancellationToken ct) => holders.OfAsync(tenant, [packageDigest], ct);

    /// <summary>Why no version may be made with this package; null where one may.</summary>
    public async Task<Decision.Refused?> ObjectionAsync(LedgerReader read, string packageDigest, CancellationToken ct) =>
        await holders.RevokedAsync(read.Tenant, [packageDigest], ct) is [var first, ..]
            ? RevokedPackage.Objection(packageDigest, [(await read.FoldAsync(Streams.Of(Streams.Skill, first), Skill.None, Skill.Evolve)).State])
            : null;

    /// <summary>The same for somebody who is to understand it: with when it was revoked first, and why.</summary>
    public async Task<Decision.Refused?> ExplainedAsync(string tenant, string packageDigest, CancellationToken ct)
    {
        if (await holders.FirstRevocationAsync(tenant, [packageDigest], ct) is not { } first) return null;
        var at = first.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        return new(RevokedPackage.Code, $"exactly this package was revoked as {first.SkillId}@{first.Version} on {at} UTC{(first.Reason.Length > 0 ? $": {first.Reason}" : "")}; it does not come back under any id");
    }
}
