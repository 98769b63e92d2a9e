using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation;
using Pipeline.Domain.Validation.Security;
using Pipeline.Domain.Validation.Spec;
using Pipeline.Infra.Packages;
using Pipeline.Infra.Security;

namespace Pipeline.Functions.RunValidation;

/// <summary>Whether a package is what the Agent Skills specification allows.</summary>
public sealed class SpecJob : IValidator
{
    public Validator Identity => SpecValidator.Identity;

    public Task<ValidationVerdict> JudgeAsync(ValidationCase @case, CancellationToken ct)
    {
        var file = @case.Package.Files.FirstOrDefault(f => f.Path == Package.SkillFile);
        return Task.FromResult(SpecValidator.Judge(SpecFrontmatter.Read(file?.Content ?? []), @case.Skill.Name));
    }
}

/// <summary>Whether anything in a package shows an attack.</summary>
public sealed class SecurityJob : IValidator
{
    private static readonly SecurityRuleset s_rules = ShippedSecurityRules.Ruleset;

    public Validator Identity { get; } = new(SecurityScan.Validator.Split('/')[0], SecurityScan.Validator.Split('/')[1], s_rules.Digest);

    public Task<ValidationVerdict> JudgeAsync(ValidationCase @case, CancellationToken ct)
    {
        var report = SecurityScan.Judge(s_rules, @case.Package.Files, ct);
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal) { ["score"] = report.Score, ["findings"] = report.Findings.Count };
        return Task.FromResult(new ValidationVerdict(report.Verdict, metrics, [.. report.Findings.Select(FindingOf)]));
    }

    private static ValidationFinding FindingOf(SecurityFinding f) => new(
        f.Rule, (FindingSeverity)((int)f.Severity + 1), f.Excerpt.Length > 0 ? $"{f.What}: {f.Excerpt}" : f.What, f.Path, f.Line > 0 ? f.Line : null);
}
