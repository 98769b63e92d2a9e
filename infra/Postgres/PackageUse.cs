using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Infra.Postgres;

/// <summary>The packages that a transaction makes versions of, and those that it revokes: who does either to the same package goes one after the other.</summary>
public sealed record PackageUse(IReadOnlyList<string> Made, IReadOnlyList<string> Revoked)
{
    public static PackageUse None { get; } = new([], []);

    public IReadOnlyList<string> All => [.. Made.Union(Revoked, StringComparer.Ordinal)];

    public static PackageUse In(IEnumerable<StreamAppend> appends)
    {
        var events = appends.SelectMany(a => a.Events).ToList();
        return new(
            [.. events.Select(RevokedPackage.MadeBy).OfType<string>().Distinct(StringComparer.Ordinal)],
            [.. events.OfType<SkillEvent.VersionRevoked>().Select(e => e.PackageDigest).Distinct(StringComparer.Ordinal)]);
    }
}
