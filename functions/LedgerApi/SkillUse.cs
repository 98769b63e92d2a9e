using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Usage;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Functions.CurateFamily;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Functions.LedgerApi;

/// <summary>What a skill's versions did for the runs that loaded them, by model, beside matched runs without: from the family's sealed evidence.</summary>
public sealed class SkillUse(EventStore store, ActivePolicies policies)
{
    /// <returns>Null for a skill that was not learned here, or while no policy is active.</returns>
    public async Task<SkillUseView?> OfAsync(CataloguedSkill found, CancellationToken ct)
    {
        if (found.FamilyId.Length == 0 || (await policies.LoadAsync(EventContext.DefaultTenant, ct)).At(long.MaxValue) is not { } active) return null;
        var skill = Skill.Fold((await store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Skill, found.SkillId), sealedOnly: true, ct: ct)).Select(e => e.Event));
        if (skill.Current is not { } current) return null;
        var family = MergedFamilies.WithoutUndone(await FamilyAsync(found.FamilyId, ct), _ => skill);
        var merged = new List<FamilyEvent.EvidenceAdmitted>();
        foreach (var kin in MergedFamilies.KinOf(family).Where(k => k != family.Id)) merged.AddRange((await FamilyAsync(kin, ct)).Evidence);

        var account = UtilityAccount.Of(family, merged, skill, active.Policy);
        var split = account.Split(current.Number);
        return new(
            $"{active.Reference.Id}@{active.Reference.Version}",
            [.. from version in account.Versions
                from model in account.With(version).Select(t => t.Model).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                select Of(version, model, account.Compare(version, model), active.Policy)],
            split.IsSplit ? split.Helped : [], split.IsSplit ? split.Harmed : []);
    }

    private async Task<Family> FamilyAsync(string id, CancellationToken ct) =>
        FamilyHistory.AsOfLeaf(await store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Family, id), sealedOnly: true, ct: ct), long.MaxValue);

    private static VersionUseView Of(int? version, string model, Comparison c, CurationPolicy policy)
    {
        var (lower, upper) = c.Bounds(policy.Confidence);
        return new(
            version, model, c.Exposures, c.Successes, c.Controls, c.ControlSuccesses,
            Share(c.With), Share(c.Without), Share(c.Utility), Share(lower), Share(upper), new(c.ByTask, c.ByModel, c.ByFamily, c.Unmatched), c.Tokens);
    }

    private static double Share(double value) => Math.Round(value, 4);
}

/// <param name="Policy">By whose parameters runs weigh less as they age, and bounds are drawn.</param>
/// <param name="Helps">Models that the version that stands helps, where it harms others; else empty.</param>
/// <param name="Harms">Those others.</param>
public sealed record SkillUseView(string Policy, IReadOnlyList<VersionUseView> Versions, IReadOnlyList<string> Helps, IReadOnlyList<string> Harms);

/// <param name="Version">Null: runs of which it is not known which version they had loaded.</param>
/// <param name="Controls">Runs without the skill that those were compared with.</param>
/// <param name="With">Weighted share of success; so is <paramref name="Without"/>, and utility is the difference, within its bounds.</param>
/// <param name="Tokens">Of the runs that told them.</param>
public sealed record VersionUseView(
    int? Version, string Model, int Exposures, int Successes, int Controls, int ControlSuccesses,
    double With, double Without, double Utility, double Lower, double Upper, MatchedBy Matched, long Tokens);

/// <summary>What the runs that had loaded it were matched by.</summary>
public sealed record MatchedBy(int Task, int Model, int Family, int None);
