using System.Collections.Concurrent;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Domain.Validation;
using Pipeline.Domain.Validation.Spec;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Packages;
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

    private async Task<TierFacts> FactsAsync(LedgerReader read, GatePolicy gates, Skill skill, CancellationToken ct) =>
        await OwnFactsAsync(read, skill, isParent: false, ct) with
        {
            Parents = await ParentsAsync(read, gates, skill, skill.Versions.Count, new([], []), ct),
            Evidence = EvidenceCut.TextOf(await SkillEvidence.CutsAsync(read, skill)),
        };

    // Parents have parents in other skills too: what was not read keeps a version in quarantine.
    private async Task<IReadOnlyDictionary<VersionReference, ParentStanding>> ParentsAsync(
        LedgerReader read, GatePolicy gates, Skill skill, int upTo, Ancestry ancestry, CancellationToken ct)
    {
        var parents = new Dictionary<VersionReference, ParentStanding>();
        foreach (var foreign in skill.Versions.Take(upTo).SelectMany(skill.SourcesOf).Where(p => p.SkillId != skill.Id).Distinct())
            if (await StandingAsync(read, gates, foreign, ancestry, ct) is { } standing) parents[foreign] = standing;
        return parents;
    }

    private async Task<ParentStanding?> StandingAsync(LedgerReader read, GatePolicy gates, VersionReference reference, Ancestry ancestry, CancellationToken ct)
    {
        if (ancestry.Standings.TryGetValue(reference, out var known)) return known;
        // Nothing is its own ancestor; were it on record, it would be unread.
        ancestry.Standings[reference] = null;
        if (!ancestry.Skills.TryGetValue(reference.SkillId, out var parent))
        {
            var state = (await read.FoldAsync(Streams.Of(Streams.Skill, reference.SkillId), Skill.None, Skill.Evolve)).State;
            ancestry.Skills[reference.SkillId] = parent = (state, await OwnFactsAsync(read, state, isParent: true, ct));
        }
        if (parent.Skill.Version(reference.Version) is not { } version) return null;
        var facts = parent.Facts with { Parents = await ParentsAsync(read, gates, parent.Skill, version.Number, ancestry, ct) };
        return ancestry.Standings[reference] = TierRules.StandingOf(gates, parent.Skill, version, facts);
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
            else if (await packages.ReadAsync(version.Package, ct) is { } package) powers[version.PackageDigest] = Remember(version.PackageDigest, SkillPowers.In(package, FrontmatterOf(package)));
        }
        return powers;
    }

    private static FrontmatterReading FrontmatterOf(Package package) =>
        SpecFrontmatter.Read(package.Files.FirstOrDefault(f => f.Path == Package.SkillFile)?.Content ?? []);

    private SkillPowers Remember(string digest, SkillPowers powers)
    {
        if (_powers.Count >= MostRemembered) _powers.Clear();
        return _powers[digest] = powers;
    }

    /// <summary>What was read on the way up a lineage.</summary>
    private sealed record Ancestry(Dictionary<VersionReference, ParentStanding?> Standings, Dictionary<string, (Skill Skill, TierFacts Facts)> Skills);
}
