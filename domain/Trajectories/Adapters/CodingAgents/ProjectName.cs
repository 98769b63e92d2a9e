namespace Pipeline.Domain.Trajectories.Adapters.CodingAgents;

/// <summary>Names the project that a coding agent worked in: its environment.</summary>
internal static class ProjectName
{
    private const int LongestName = 128;

    // Where containers and homes put whatever is worked on: such a name says nothing of what it is.
    private static readonly string[] SaysNothing =
        ["root", "home", "users", "tmp", "temp", "var", "mnt", "opt", "workspace", "workspaces", "testbed", "app", "repo", "src", "code", "work", "project", "projects", "data", "n/a"];

    private static readonly string[] Temporary = ["/tmp/", "/var/tmp/", "/private/tmp/", "/var/folders/", "/private/var/folders/"];

    /// <summary>The last folder of a working directory; null where it is a home, a temporary one, or a container's usual one.</summary>
    public static string? OfDirectory(string? directory)
    {
        if (directory is null) return null;
        var path = directory.Replace('\\', '/').TrimEnd('/', ' ');
        if (Array.Exists(Temporary, path.StartsWith)) return null;
        var parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 2 && parts[0].ToLowerInvariant() is "home" or "users") return null;
        return parts.Length == 3 && parts[0].EndsWith(':') && parts[1].Equals("Users", StringComparison.OrdinalIgnoreCase) ? null : Usable(parts.LastOrDefault());
    }

    /// <summary>The name at the end of a repository's address.</summary>
    public static string? OfRepository(string? address)
    {
        var path = address?.TrimEnd('/', ' ');
        if (path is null) return null;
        var name = path[(path.LastIndexOfAny(['/', ':', '\\']) + 1)..];
        return Usable(name.EndsWith(".git", StringComparison.Ordinal) ? name[..^4] : name);
    }

    /// <summary>The project of a benchmark's instance: <c>owner__repo-1234</c> is a task in <c>owner__repo</c>.</summary>
    public static string? OfInstance(string? instance) =>
        instance?.Contains("__", StringComparison.Ordinal) == true && Numbered(instance) is { } numbered ? Usable(numbered.Name) : null;

    /// <summary>A name that ends in a number, as the copies of one project do: <c>audit-3</c>.</summary>
    public static (string Name, string Number)? Numbered(string name)
    {
        var end = name.Length;
        while (end > 0 && char.IsAsciiDigit(name[end - 1])) end--;
        return end > 1 && end < name.Length && name[end - 1] is '-' or '_' && end > 1 ? (name[..(end - 1)], name[end..]) : null;
    }

    public static string? Usable(string? name) =>
        string.IsNullOrWhiteSpace(name) || name.Length > LongestName || name.Any(char.IsControl) || SaysNothing.Contains(name.ToLowerInvariant()) ? null : name.Trim();
}
