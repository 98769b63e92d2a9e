namespace Pipeline.Functions.Console;

/// <summary>What stands in the head of every page, in this order.</summary>
internal static class ConsoleNavigation
{
    public static IReadOnlyList<(string Path, string Name)> Entries { get; } =
    [
        ("/console", "Overview"),
        ("/console/skills", "Skills"),
        ("/console/trajectories", "Runs"),
        ("/console/timeline", "Timeline"),
    ];
}
