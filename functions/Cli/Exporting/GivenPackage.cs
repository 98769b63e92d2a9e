using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;

namespace Pipeline.Functions.Cli.Exporting;

/// <summary>A package as a folder gets it: without scripts where the version's tier does not allow them.</summary>
/// <param name="Withheld">In ordinal order of their paths; null where everything is given.</param>
internal sealed record GivenPackage(Package Package, IReadOnlyList<string>? Withheld)
{
    /// <param name="tier">As the ledger says it; what is not known is trusted by nobody.</param>
    public static bool AllowsScripts(string? tier, bool withScripts) =>
        withScripts || (Enum.TryParse<Tier>(tier, ignoreCase: true, out var known) && TierAllowance.Of(known) >= Allowance.Scripts);

    public static GivenPackage Of(Package package, bool allowsScripts)
    {
        IReadOnlyList<string> withheld = allowsScripts ? [] : [.. package.Files.Where(TierAllowance.IsScript).Select(f => f.Path)];
        return withheld.Count == 0 ? new(package, null) : new(Without(package, withheld), withheld);
    }

    public static Package Without(Package package, IReadOnlyList<string>? withheld) =>
        withheld is null ? package : Package.Of(package.Files.Where(f => !withheld.Contains(f.Path, StringComparer.Ordinal)));

    /// <summary>The scripts among the files of a folder that was seen to hold them.</summary>
    public static IReadOnlyList<string> ScriptsIn(string folder, IReadOnlyList<ManifestEntry> files) =>
        [.. files.Where(f => TierAllowance.IsScript(new(f.Path, f.Mode, File.ReadAllBytes(Path.Combine(folder, Path.Combine(f.Path.Split('/'))))))).Select(f => f.Path)];

    /// <summary>What is told of the skills that something is withheld of.</summary>
    public static void Tell(Terminal terminal, SkillsLock lockFile)
    {
        foreach (var skill in lockFile.Skills.Where(s => s.Withheld is not null))
            terminal.Say($"withheld  {skill.Name}: {string.Join(", ", skill.Withheld!)}. Scripts need {TierAllowance.ScriptsFrom}; --with-scripts takes them anyway.");
    }
}
