namespace Pipeline.Functions.Cli.Files;

/// <summary>Names from a package or an archive, before they become names on this machine.</summary>
internal static class PackagePath
{
    private const int Longest = 400;

    /// <summary>Why a path must not be written, or null if it may: only plain names, one below the other, stay inside their folder.</summary>
    /// <remarks>Refuses on every system what is dangerous on any, so that a package is either safe everywhere or nowhere.</remarks>
    public static string? Fault(string path) => path switch
    {
        "" => "a path is empty",
        { Length: > Longest } => "a path is too long",
        _ when path.Any(c => char.IsControl(c) || c is '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|') =>
            "a path has a character in it that does not belong into a file's name",
        _ when path.StartsWith('/') => "a path is absolute",
        _ when path.Split('/').Any(part => part is "" or "." or "..") => "a path leads out of its folder",
        _ when path.Split('/').Any(part => part[^1] is '.' or ' ') => "a name in a path ends with a dot or a space",
        _ => null,
    };

    /// <summary>Whether a name may be a skill's (Agent Skills specification): lower-case letters and digits, with single hyphens between.</summary>
    public static bool IsSkillName(string name) =>
        name.Length is > 0 and <= 64
        && name.All(c => c == '-' || (char.IsLetterOrDigit(c) && !char.IsUpper(c)))
        && name[0] != '-' && name[^1] != '-' && !name.Contains("--", StringComparison.Ordinal);
}
