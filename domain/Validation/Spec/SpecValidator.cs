using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Validation.Spec;

/// <summary>Judges whether a version is what the Agent Skills specification allows: every error fails it.</summary>
public static class SpecValidator
{
    public static Validator Identity { get; } = Validator.Of("spec", "1", new
    {
        SkillSpecification.AllowedFields,
        SkillSpecification.LongestName,
        SkillSpecification.LongestDescription,
        SkillSpecification.LongestCompatibility,
    });

    /// <param name="folder">Where agents find the skill: the folder's name, which for a skill of the ledger is the skill's. Null where there is none.</param>
    public static ValidationVerdict Judge(FrontmatterReading frontmatter, string? folder)
    {
        var errors = SkillSpecification.Errors(frontmatter, folder);
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["errors"] = errors.Count,
            ["nameCharacters"] = SkillSpecification.LengthOf(frontmatter.Text("name") ?? ""),
            ["descriptionCharacters"] = SkillSpecification.LengthOf(frontmatter.Text("description") ?? ""),
            ["unexpectedFields"] = frontmatter.Fields.Keys.Except(SkillSpecification.AllowedFields, StringComparer.Ordinal).Count(),
        };
        return new(
            errors.Count == 0 ? Verdict.Passed : Verdict.Failed, metrics,
            [.. errors.Select(e => new ValidationFinding(e.Rule, FindingSeverity.High, e.Message, Package.SkillFile, e.Line))]);
    }
}
