using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Siblings;
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
        var whole = await FamilyAsync(found.FamilyId, ct);
        var family = MergedFamilies.WithoutUndone(whole, _ => skill);
        var merged = new List<FamilyEvent.EvidenceAdmitted>();
        foreach (var kin in MergedFamilies.KinOf(family).Where(k => k != family.Id)) merged.AddRange((await FamilyAsync(kin, ct)).Evidence);

        var siblings = skill.VariantOf is null ? await SiblingsAsync(whole, ct) : [];
        var living = siblings.Where(s => s.Status == Lifecycle.Active).Select(s => s.Model).ToHashSet(StringComparer.Ordinal);
        var account = UtilityAccount.Of(family, merged, skill, active.Policy);
        // As it is judged: what a model with a sibling of its own makes of it is no matter.
        var split = UtilityAccount.Of(family.WithoutModels(living), merged.Where(e => !living.Contains(e.Model)), skill, active.Policy).Split(current.Number);
        return new(
            $"{active.Reference.Id}@{active.Reference.Version}",
            [.. from version in account.Versions
                from model in account.With(version).Select(t => t.Model).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)
                select Of(version, model, account.Compare(version, model), active.Policy)],
            split.IsSplit ? split.Helped : [], split.IsSplit ? split.Harmed : [])
        {
            Models = skill.VariantOf is null && whole.LastAtPoint?.Models is { } models ? ModelsView.Of(models) : null,
            Siblings = siblings,
        };
    }

    private async Task<IReadOnlyList<SiblingView>> SiblingsAsync(Family family, CancellationToken ct)
    {
        var siblings = new List<SiblingView>();
        foreach (var (model, line) in family.Siblings.Where(s => s.Value.Skill is not null))
        {
            var skill = Skill.Fold((await store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Skill, line.Skill!.SkillId), sealedOnly: true, ct: ct)).Select(e => e.Event));
            siblings.Add(new(skill.Id, skill.Name, model, skill.Lifecycle));
        }
        return siblings;
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
public sealed record SkillUseView(string Policy, IReadOnlyList<VersionUseView> Versions, IReadOnlyList<string> Helps, IReadOnlyList<string> Harms)
{
    /// <summary>What the last decision about the skill says of models that it helps and harms; null where it says nothing of them.</summary>
    public ModelsView? Models { get; init; }

    /// <summary>Its siblings, by model.</summary>
    public IReadOnlyList<SiblingView> Siblings { get; init; } = [];
}

/// <param name="Said">The same as a sentence.</param>
public sealed record ModelsView(
    IReadOnlyList<string> Helped, IReadOnlyList<string> Harmed, IReadOnlyList<string> Proposed, IReadOnlyList<ModelEffect> Effects, IReadOnlyList<VariantWait> Waits, string Said)
{
    public static ModelsView Of(ModelEffects m) => new(m.Helped, m.Harmed, m.Proposed, m.Effects ?? [], m.Waits ?? [], SiblingRules.Said(m));
}

/// <param name="Model">That it is for.</param>
public sealed record SiblingView(string Id, string Name, string Model, Lifecycle Status);

/// <param name="Version">Null: runs of which it is not known which version they had loaded.</param>
/// <param name="Controls">Runs without the skill that those were compared with.</param>
/// <param name="With">Weighted share of success; so is <paramref name="Without"/>, and utility is the difference, within its bounds.</param>
/// <param name="Tokens">Of the runs that told them.</param>
public sealed record VersionUseView(
    int? Version, string Model, int Exposures, int Successes, int Controls, int ControlSuccesses,
    double With, double Without, double Utility, double Lower, double Upper, MatchedBy Matched, long Tokens);

/// <summary>What the runs that had loaded it were matched by.</summary>
public sealed record MatchedBy(int Task, int Model, int Family, int None);
