using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Validation.Spec;

/// <summary>What a skill says of itself; what it may say and does not is null.</summary>
/// <param name="AllowedTools">Separated by spaces.</param>
public sealed record SkillProperties(
    string Name, string Description, string? License, string? Compatibility, string? AllowedTools, IReadOnlyDictionary<string, string>? Metadata)
{
    /// <summary>They can be had of skills that break rules of the specification too, as long as there are a name and a description.</summary>
    /// <returns>The properties, or null and why there are none.</returns>
    public static (SkillProperties? Properties, string Problem) Of(FrontmatterReading frontmatter)
    {
        if (frontmatter.Problem.Length > 0) return (null, frontmatter.Problem);
        string[] required = ["name", "description"];
        if (Array.Find(required, f => !frontmatter.Fields.ContainsKey(f)) is { } missing) return (null, $"Missing required field in frontmatter: {missing}");
        if (Array.Find(required, f => string.IsNullOrWhiteSpace(frontmatter.Text(f))) is { } empty) return (null, $"Field '{empty}' must be a non-empty string");
        return (new(
            frontmatter.Text("name")!.Trim(), frontmatter.Text("description")!.Trim(), frontmatter.Text("license"), frontmatter.Text("compatibility"),
            frontmatter.Text("allowed-tools"), (frontmatter.Fields.GetValueOrDefault("metadata") as FrontmatterValue.Mapping)?.Fields
                .ToDictionary(f => f.Key, f => f.Value is FrontmatterValue.Scalar scalar ? scalar.Text : CanonicalJson.Text<object>(f.Value), StringComparer.Ordinal)), "");
    }
}
