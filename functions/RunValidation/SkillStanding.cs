using System.Collections.Concurrent;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Domain.Validation;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.RunValidation;

/// <summary>What follows for a skill's tiers and aliases, to be appended together with what it follows from.</summary>
public sealed class SkillStanding(ActiveGates active, ValidatorRegistry validators, StoredPackages packages, EventStore store, TimeProvider time)
{
    private const int MostRemembered = 20_000;

    private readonly ConcurrentDictionary<string, SkillPowers> _powers = new(StringComparer.Ordinal);

    private readonly Dictionary<string, Validator> _today = validators.Identities.ToDictionary(v => v.Name, StringComparer.Ordinal);

    /// <param name="skill">With everything that is about to be appended.</param>
    public async Task<IReadOnlyList<ILedgerEvent>> FollowingAsync(LedgerReader read, Skill skill, CancellationToken ct)
    {
        if (skill.Versions.Count == 0 || skill.UnknownEvent.Length > 0) return [];
        var gates = await active.ReadAsync(read, ct);
        return TierRules.Following(gates, skill, await FactsAsync(read, gates, skill, ct));
    }

    private async Task<TierFacts> FactsAsync(LedgerReader read, GatePolicy gates, Skill skill, CancellationToken ct)
    {
        var facts = await OwnFactsAsync(read, skill, isParent: false, ct);
        var parents = new Dictionary<VersionReference, ParentStanding>();
        foreach (var foreign in skill.Versions.SelectMany(skill.SourcesOf).Where(p => p.SkillId != skill.Id).Distinct())
        {
            var parent = (await read.FoldAsync(Streams.Of(Streams.Skill, foreign.SkillId), Skill.None, Skill.Evolve)).State;
            if (parent.Version(foreign.Version) is { } version)
                parents[foreign] = TierRules.StandingOf(gates, parent, version, await OwnFactsAsync(read, parent, isParent: true, ct));
        }
        return facts with { Parents = parents };
    }

    private async Task<TierFacts> OwnFactsAsync(LedgerReader read, Skill skill, bool isParent, CancellationToken ct) => new()
    {
        Now = time.GetUtcNow(),
        Validators = _today,
        Record = NeedsRecord(skill)
            ? TrustRecord.Fold(await store.ReadStreamAsync(read.Tenant, Streams.Of(Streams.Skill, skill.Id), ct: ct))
            : TrustRecord.Empty,
        Powers = await PowersAsync(skill, isParent, ct),
    };

    // Who made a version matters where somebody approved, and since when it stands where it stands matters above T2 and on stale verdicts.
    private static bool NeedsRecord(Skill skill) =>
        skill.Approvals.Count > 0 || skill.Versions.Any(v => v.Tier >= Tier.T3 || v.Denials.Any(TierRules.IsStale));

    private async Task<IReadOnlyDictionary<string, SkillPowers>> PowersAsync(Skill skill, bool isParent, CancellationToken ct)
    {
        var powers = new Dictionary<string, SkillPowers>(StringComparer.Ordinal);
        // What a first version can do is new to nobody until something is made from it: then it is read.
        if (skill.Versions.Count == 1 && skill.SourcesOf(skill.Versions[0]).Count == 0 && !isParent) return powers;
        foreach (var version in skill.Versions.DistinctBy(v => v.PackageDigest, StringComparer.Ordinal))
        {
            if (_powers.TryGetValue(version.PackageDigest, out var known)) powers[version.PackageDigest] = known;
            else if (await packages.ReadAsync(version.Package, ct) is { } package) powers[version.PackageDigest] = Remember(version.PackageDigest, SkillPowers.In(package));
        }
        return powers;
    }

    private SkillPowers Remember(string digest, SkillPowers powers)
    {
        if (_powers.Count >= MostRemembered) _powers.Clear();
        return _powers[digest] = powers;
    }
}
