using System.Globalization;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Infra.Postgres;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Functions.Hosting;

/// <summary>Keeps a revoked package from coming back under whatever id. Who makes a version of a package and who revokes one go one after the other:
/// the second sees what the first did.</summary>
public sealed class PackageGuard(EventStore store, PackageHolders holders)
{
    internal Task<IAsyncDisposable> AloneAsync(string tenant, PackageUse use, CancellationToken ct) => holders.LockAsync(tenant, use.All, ct);

    /// <summary>Skills with a version of this package, in ordinal order of their ids.</summary>
    public async Task<IReadOnlyList<Folded<Skill>>> HoldersAsync(LedgerReader read, IReadOnlyCollection<string> packageDigests, CancellationToken ct)
    {
        var found = new List<Folded<Skill>>();
        foreach (var id in await holders.OfAsync(read.Tenant, packageDigests, ct)) found.Add(await read.FoldAsync(Streams.Of(Streams.Skill, id), Skill.None, Skill.Evolve));
        return found;
    }

    /// <summary>Why no versions may be made with these packages; null where they may.</summary>
    public async Task<Decision.Refused?> ObjectionAsync(LedgerReader read, IReadOnlyCollection<string> packageDigests, CancellationToken ct)
    {
        if (packageDigests.Count == 0) return null;
        var skills = await HoldersAsync(read, packageDigests, ct);
        return packageDigests.Select(digest => RevokedPackage.Objection(digest, skills.Select(s => s.State))).FirstOrDefault(o => o is not null);
    }

    /// <summary>The same for somebody who is to understand it: with when it was revoked first, and why.</summary>
    public async Task<Decision.Refused?> ExplainedAsync(LedgerReader read, string packageDigest, CancellationToken ct)
    {
        var revoked = new List<(RecordedEvent Recorded, VersionRevoked Event)>();
        foreach (var skill in (await HoldersAsync(read, [packageDigest], ct)).Where(s => s.State.RevokedDigests.Contains(packageDigest)))
            revoked.AddRange((await store.ReadStreamAsync(read.Tenant, skill.StreamId, ct: ct)).Select(e => (e, (e.Event as VersionRevoked)!)).Where(e => e.Item2?.PackageDigest == packageDigest));
        if (revoked.Count == 0) return null;
        var (recorded, first) = revoked.MinBy(r => r.Recorded.Context.RecordedAt);
        var at = recorded.Context.RecordedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
        return new(RevokedPackage.Code, $"exactly this package was revoked as {Streams.IdOf(recorded.StreamId)}@{first.Version} on {at} UTC{(first.Reason.Length > 0 ? $": {first.Reason}" : "")}; it does not come back under any id");
    }
}

/// <summary>The packages that a decision makes versions of, and those that it revokes.</summary>
internal sealed record PackageUse(IReadOnlySet<string> Made, IReadOnlySet<string> Revoked)
{
    public IReadOnlyCollection<string> All => [.. Made.Union(Revoked)];

    public static PackageUse In(IEnumerable<StreamAppend> appends)
    {
        var events = appends.SelectMany(a => a.Events).ToList();
        return new(
            events.Select(RevokedPackage.MadeBy).OfType<string>().ToHashSet(StringComparer.Ordinal),
            events.OfType<VersionRevoked>().Select(e => e.PackageDigest).ToHashSet(StringComparer.Ordinal));
    }
}
