namespace Pipeline.Domain.Skills.Tiers;

/// <summary>What a skill is for at most, each with what comes before it: to be read, to bring scripts that are run, to reach hosts of the network.</summary>
public enum Allowance { Nothing, Instructions, Scripts, Hosts }

/// <summary>What a version's tier permits of what its package brings. The one place that says so.</summary>
public static class TierAllowance
{
    /// <summary>The tier from which on scripts are given out, and hosts are cleared.</summary>
    public const Tier ScriptsFrom = Tier.T3, HostsFrom = Tier.T4;

    private const string ScriptFolder = "scripts/";

    public static Allowance Of(Tier tier) =>
        tier >= HostsFrom ? Allowance.Hosts : tier >= ScriptsFrom ? Allowance.Scripts : tier >= Tier.T1 ? Allowance.Instructions : Allowance.Nothing;

    /// <summary>Whether a file is there to be run: it lies under <c>scripts/</c>, may be executed, says in its first line what runs it, or is neither
    /// text nor data. SKILL.md is always instructions.</summary>
    public static bool IsScript(PackageFile file) => file.Path != Package.SkillFile
        && (file.Path.StartsWith(ScriptFolder, StringComparison.OrdinalIgnoreCase) || file.Mode == PackageFile.Executable || PowerReading.IsProgram(file));

    /// <summary>Why a file is not given out; null where it may be.</summary>
    public static string? WhyNot(Tier tier, PackageFile file) =>
        tier < ScriptsFrom && IsScript(file) ? $"{file.Path} is a script, and scripts need {ScriptsFrom}: this version is at {tier}" : null;

    /// <summary>What a package brings and the tier does not permit: scripts that are not given out, and hosts that are not cleared.</summary>
    /// <returns>In ordinal order, hosts first, e.g. <c>host example.org</c>, <c>script scripts/run.sh</c>.</returns>
    public static IReadOnlyList<string> Withheld(Tier tier, IReadOnlyList<PackageFile> files) =>
        [.. (tier < HostsFrom ? SkillPowers.HostsIn(files) : []), .. files.Where(f => tier < ScriptsFrom && IsScript(f)).Select(f => $"script {f.Path}").Order(StringComparer.Ordinal)];
}
