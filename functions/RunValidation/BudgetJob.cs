using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation;
using Pipeline.Domain.Validation.Budget;
using Pipeline.Infra.Packages;
using Pipeline.Infra.Search;

namespace Pipeline.Functions.RunValidation;

/// <summary>What a version costs an agent, and whether agents can tell it from the skills beside it.</summary>
public sealed class BudgetJob(ISkillIndex index) : IValidator
{
    // Whatever overlaps with a description is found by it: comparing with a whole library would cost its size for each of its skills.
    private const int Neighbours = 30;

    private static readonly BudgetThresholds s_thresholds = new();

    public Validator Identity { get; } = BudgetValidator.Identity(s_thresholds);

    public async Task<ValidationVerdict> JudgeAsync(ValidationCase @case, CancellationToken ct)
    {
        var text = @case.Package.SkillText;
        var description = SkillFrontmatter.Read(text).Description;
        IReadOnlyList<SkillHit> near = description.Length == 0 ? [] : (await index.SearchAsync(new(@case.Tenant, description, Neighbours), ct)).Value;
        var main = @case.Skill.VariantOf?.SkillId ?? @case.Skill.Id;
        var others = near.Where(h => h.SkillId != @case.Skill.Id && h.SkillId != main && h.VariantOf != main).Select(h => new OtherSkill(h.SkillId, h.Description));
        return BudgetValidator.Judge(text, description, [.. others], s_thresholds);
    }
}
