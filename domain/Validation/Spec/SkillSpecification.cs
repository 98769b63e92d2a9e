using System.Globalization;
using System.Text;
using Pipeline.Domain.Unicode;

namespace Pipeline.Domain.Validation.Spec;

/// <summary>The rules of the Agent Skills specification (agentskills.io/specification) as its reference validator applies them, in its order and words.</summary>
public static class SkillSpecification
{
    /// <summary>In characters, as are the other two.</summary>
    public const int LongestName = 64;
    public const int LongestDescription = 1024;
    public const int LongestCompatibility = 500;

    public const string MissingFile = "Missing required file: SKILL.md";

    private const string Name = "name";
    private const string Description = "description";
    private const string Compatibility = "compatibility";

    /// <summary>In ordinal order.</summary>
    public static IReadOnlyList<string> AllowedFields { get; } = ["allowed-tools", Compatibility, Description, "license", "metadata", Name];

    /// <param name="folder">The name of the folder that the SKILL.md stands in; null where it stands in none, and then it is not compared.</param>
    /// <returns>What breaks a rule; nothing for a valid skill.</returns>
    public static IReadOnlyList<SpecError> Errors(FrontmatterReading frontmatter, string? folder)
    {
        if (frontmatter.Problem.Length > 0) return [new("spec.frontmatter", frontmatter.Problem, frontmatter.Line)];
        var errors = new List<SpecError>();
        var unexpected = frontmatter.Fields.Keys.Except(AllowedFields, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (unexpected.Count > 0)
            errors.Add(new("spec.fields", $"Unexpected fields in frontmatter: {string.Join(", ", unexpected)}. Only [{string.Join(", ", AllowedFields.Select(f => $"'{f}'"))}] are allowed."));
        if (!frontmatter.Fields.ContainsKey(Name)) errors.Add(Missing(Name));
        else errors.AddRange(OfName(frontmatter.Text(Name), folder));
        if (!frontmatter.Fields.ContainsKey(Description)) errors.Add(Missing(Description));
        else errors.AddRange(OfDescription(frontmatter.Text(Description)));
        if (frontmatter.Fields.ContainsKey(Compatibility)) errors.AddRange(OfCompatibility(frontmatter.Text(Compatibility)));
        return errors;
    }

    /// <summary>In characters (code points), which is how the specification counts.</summary>
    public static int LengthOf(string text) => text.EnumerateRunes().Count();

    private static SpecError Missing(string field) => new($"spec.{field}", $"Missing required field in frontmatter: {field}");

    private static IEnumerable<SpecError> OfName(string? stated, string? folder)
    {
        if (string.IsNullOrWhiteSpace(stated))
        {
            yield return new("spec.name", "Field 'name' must be a non-empty string");
            yield break;
        }
        var name = NormalForm.Compatible(stated.Trim());
        if (LengthOf(name) > LongestName) yield return new("spec.name-length", $"Skill name '{name}' exceeds {LongestName} character limit ({LengthOf(name)} chars)");
        if (HasUpperCase(name)) yield return new("spec.name-case", $"Skill name '{name}' must be lowercase");
        if (name[0] == '-' || name[^1] == '-') yield return new("spec.name-hyphens", "Skill name cannot start or end with a hyphen");
        if (name.Contains("--", StringComparison.Ordinal)) yield return new("spec.name-hyphens", "Skill name cannot contain consecutive hyphens");
        if (!name.EnumerateRunes().All(c => c.Value == '-' || IsLetterOrNumber(c)))
            yield return new("spec.name-characters", $"Skill name '{name}' contains invalid characters. Only letters, digits, and hyphens are allowed.");
        if (folder is not null && NormalForm.Compatible(folder) != name) yield return new("spec.name-folder", $"Directory name '{folder}' must match skill name '{name}'");
    }

    private static IEnumerable<SpecError> OfDescription(string? description)
    {
        if (string.IsNullOrWhiteSpace(description)) yield return new("spec.description", "Field 'description' must be a non-empty string");
        else if (LengthOf(description) > LongestDescription)
            yield return new("spec.description-length", $"Description exceeds {LongestDescription} character limit ({LengthOf(description)} chars)");
    }

    private static IEnumerable<SpecError> OfCompatibility(string? compatibility)
    {
        if (compatibility is null) yield return new("spec.compatibility", "Field 'compatibility' must be a string");
        else if (LengthOf(compatibility) > LongestCompatibility)
            yield return new("spec.compatibility-length", $"Compatibility exceeds {LongestCompatibility} character limit ({LengthOf(compatibility)} chars)");
    }

    // U+0130 has a lower case of two characters, which the mapping of one to one does not know.
    private static bool HasUpperCase(string name) => name.EnumerateRunes().Any(c => c.Value == 0x130 || Rune.ToLowerInvariant(c) != c);

    private static bool IsLetterOrNumber(Rune c) => Rune.GetUnicodeCategory(c) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter
        or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter
        or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;
}

/// <param name="Rule">Stable id of the rule.</param>
/// <param name="Message">As the reference validator writes it.</param>
/// <param name="Line">Of SKILL.md, from 1; null where it is not about a line.</param>
public sealed record SpecError(string Rule, string Message, int? Line = null);
