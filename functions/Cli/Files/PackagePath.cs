namespace Pipeline.Functions.Cli.Files;

/// <summary>Names of skills, before they become names on this machine.</summary>
internal static class PackagePath
{
    /// <summary>Whether a name may be a skill's (Agent Skills specification): lower-case letters and digits, with single hyphens between.</summary>
    public static bool IsSkillName(string name) =>
        name.Length is > 0 and <= 64
        && name.All(c => c == '-' || (char.IsLetterOrDigit(c) && !char.IsUpper(c)))
        && name[0] != '-' && name[^1] != '-' && !name.Contains("--", StringComparison.Ordinal);
}
