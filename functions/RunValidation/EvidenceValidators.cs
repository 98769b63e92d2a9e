using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation;
using Pipeline.Domain.Validation.Backtesting;
using Pipeline.Domain.Validation.Grounding;

namespace Pipeline.Functions.RunValidation;

/// <summary>How much of a version stands on executed evidence.</summary>
public sealed class GroundingJob(SkillEvidence evidence) : IValidator
{
    // How many sources it takes beyond one is for the gates of the tiers to say, by the metrics.
    private static readonly GroundingThresholds s_thresholds = new() { Sources = 1 };

    public Validator Identity { get; } = GroundingValidator.Identity(s_thresholds);

    public bool JudgesByEvidence => true;

    public async Task<ValidationVerdict> JudgeAsync(ValidationCase @case, CancellationToken ct)
    {
        var content = SkillEvidence.ContentOf(@case);
        var parents = await evidence.ParentsAsync(@case, ct);
        var cited = parents.Select(p => p.Version.Content).Append(content).SelectMany(c => c.Sections).SelectMany(s => s.EvidenceIds).ToHashSet(StringComparer.Ordinal);
        IReadOnlyList<Family> families = cited.Count == 0 ? [] : await evidence.FamiliesAsync(@case, ct);
        var episodes = await evidence.EpisodesAsync(@case.Tenant, families, all => [.. all.Where(e => cited.Contains(e.EvidenceId))], ct);
        var others = await evidence.EpisodesAsync(@case.Tenant, families, all => Corroboration.Candidates([.. all], cited), ct);
        return GroundingValidator.Judge(
            new(new(@case.Package, content), [.. parents.Select(p => p.Version)], [.. families.SelectMany(f => f.Evidence)], episodes) { Kind = @case.Skill.Kind, Others = others },
            s_thresholds);
    }
}

/// <summary>How a version fits runs that it was not made from.</summary>
public sealed class BacktestJob(SkillEvidence evidence) : IValidator
{
    private static readonly BacktestThresholds s_thresholds = new();

    public Validator Identity { get; } = BacktestValidator.Identity(s_thresholds);

    public bool JudgesByEvidence => true;

    public async Task<ValidationVerdict> JudgeAsync(ValidationCase @case, CancellationToken ct)
    {
        var content = SkillEvidence.ContentOf(@case);
        var learned = content.Evidence.Select(e => e.EvidenceId).Concat(content.Sections.SelectMany(s => s.EvidenceIds)).ToHashSet(StringComparer.Ordinal);
        var policy = learned.Count == 0 ? null : await evidence.PolicyAsync(@case.Tenant, ct);
        IReadOnlyList<Family> families = policy is null ? [] : await evidence.OwnFamiliesAsync(@case, ct);
        var read = await evidence.EpisodesAsync(@case.Tenant, families, all => EvidenceSelection.Select(all, policy!), ct);
        var episodes = families.Count > 1 ? MergedFamilies.As(families, read) : read;
        var parents = await evidence.ParentsAsync(@case, ct);
        return BacktestValidator.Judge(new(
            @case.Package, @case.Skill.Kind, learned, [.. parents.Select(p => ParentOf(p, parents.Count, families))], episodes,
            policy is null ? null : ComposerOf(@case.Skill, content, families, [.. read.Where(e => learned.Contains(e.Id))], policy)), s_thresholds);
    }

    private static BacktestParent ParentOf(ParentVersion parent, int parents, IReadOnlyList<Family> families) => new(parent.Version.Package, parents == 1
        ? new HashSet<string>()
        : families.Where(f => f.Id == parent.Skill.FamilyId).SelectMany(f => f.Evidence).Select(e => e.EvidenceId).ToHashSet(StringComparer.Ordinal));

    // What a model or a person worded, or what differs from another skill for one model, cannot be made again from runs alone.
    private static Func<IReadOnlyList<MinedEpisode>, Package?>? ComposerOf(
        Skill skill, VersionContent content, IReadOnlyList<Family> families, IReadOnlyList<MinedEpisode> learned, CurationPolicy policy)
    {
        if (content.Composer != Miner.Composer || skill.VariantOf is not null || families.Count == 0) return null;
        return heldOut =>
        {
            var left = heldOut.Select(e => e.Id).ToHashSet(StringComparer.Ordinal);
            IReadOnlyList<MinedEpisode> without = [.. learned.Where(e => !left.Contains(e.Id))];
            if (!without.Any(e => e.Succeeded)) return null;
            return families.Count > 1
                ? MergedFamilies.Compose(families, skill.Name, without, policy, "")?.Package
                : KindMiner.Compose(families[0], skill.Name, without, policy, "")?.Package;
        };
    }
}
