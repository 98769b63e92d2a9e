using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation.Spec;

namespace Pipeline.Infra.Packages;

/// <summary>A skill as a folder on this machine, found and read as the reference library of Agent Skills does.</summary>
public static class SkillDirectory
{
    /// <summary>In bytes; a larger SKILL.md is not read.</summary>
    public const int LargestSkillFile = 16 << 20;

    private const string LowerCase = "skill.md";

    /// <summary>The path of its SKILL.md, or else of its skill.md; null where it has neither.</summary>
    public static string? Find(string folder) => new[] { Package.SkillFile, LowerCase }.Select(name => Path.Combine(folder, name)).FirstOrDefault(Path.Exists);

    /// <returns>What the skill tells agents of itself, or null and why it tells nothing.</returns>
    public static (SkillProperties? Properties, string Problem) Properties(string path) =>
        Find(path) is null ? (null, $"SKILL.md not found in {path}") : SkillProperties.Of(Read(path));

    /// <summary>What the skill says of itself, or the error with which the reference validator refuses the path.</summary>
    public static FrontmatterReading Read(string path)
    {
        if (!Path.Exists(path)) return FrontmatterReading.Unreadable($"Path does not exist: {path}");
        if (!Directory.Exists(path)) return FrontmatterReading.Unreadable($"Not a directory: {path}");
        if (Find(path) is not { } file) return FrontmatterReading.Unreadable(SkillSpecification.MissingFile);
        try
        {
            return new FileInfo(file).Length > LargestSkillFile
                ? FrontmatterReading.Unreadable($"SKILL.md is larger than {LargestSkillFile >> 20} MiB: move what is not instructions to files of its own")
                : SpecFrontmatter.Read(File.ReadAllBytes(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return FrontmatterReading.Unreadable($"SKILL.md cannot be read: {e.Message}");
        }
    }
}
