using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Exporting;

/// <summary>Makes a directory hold exactly what its lock file says, or leaves it as it is.</summary>
/// <param name="withScripts">Whether the lock file may give scripts whatever the tier.</param>
internal sealed class FrozenFolders(LedgerClient client, string directory, bool withScripts, bool force, IProgressMeter progress)
{
    /// <exception cref="CliFailure">There is no lock file.</exception>
    public async Task<ManagedResult> InstallAsync(CancellationToken ct)
    {
        var lockFile = await SkillsLock.ReadAsync(directory, ct)
            ?? throw new CliFailure(ExitCodes.Refused, $"There is no {SkillsLock.FileName} in {directory} to go by. Make one with `{Invocation.Of($"skill sync {directory}")}`.");
        using var alone = DirectoryLock.Take(directory);
        var packages = new Dictionary<string, Package>(StringComparer.Ordinal);
        var refused = new List<ExportRefusal>();
        foreach (var skill in lockFile.Skills)
        {
            progress.Report(packages.Count + refused.Count, lockFile.Skills.Count);
            try
            {
                if (!lockFile.ByName.TryGetValue(skill.Name, out var named) || named != skill) throw new IOException("its name is not one for a folder, or another skill has it");
                var tier = await CheckAsync(skill, ct);
                var allowsScripts = GivenPackage.AllowsScripts(tier, withScripts);
                var folder = Path.Combine(directory, skill.Name);
                if (SkillFolder.Holds(folder, skill.Given) && (allowsScripts || GivenPackage.ScriptsIn(folder, skill.Given).Count == 0)) continue;
                if (!force && SkillFolder.WasEdited(folder, skill.Given))
                    throw new IOException($"{folder} is not what the lock file says: move your changes away, or delete the folder, and do it again");
                var package = await ServedPackages.FetchAsync(client, skill.Id, skill.Version, skill.Digest, ct);
                if (SkillFolder.Fault(skill.Name, package) is { } fault) throw new IOException(fault);
                var given = GivenPackage.Without(package, skill.Withheld);
                if (GivenPackage.Of(given, allowsScripts).Withheld is { } scripts)
                    throw new IOException($"the lock file gives {string.Join(", ", scripts)}, but scripts need {TierAllowance.ScriptsFrom}, and version {skill.Version} is at {tier.ToUpperInvariant()}: --with-scripts takes them anyway");
                packages.Add(skill.Name, given);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or LedgerApiException)
            {
                refused.Add(new(skill.Name, e.Message));
            }
        }

        if (refused.Count > 0) return new(lockFile, [], [], [], [], refused);
        var (added, updated) = (packages.Keys.Where(name => !SkillFolder.Exists(Path.Combine(directory, name))).ToList(), packages.Keys.Where(name => SkillFolder.Exists(Path.Combine(directory, name))).ToList());
        foreach (var (name, package) in packages) await SkillFolder.WriteAsync(directory, name, package, ct);
        return new(lockFile, added, updated, [.. lockFile.Skills.Select(s => s.Name).Where(name => !packages.ContainsKey(name))], [], []);
    }

    /// <returns>The version's tier.</returns>
    private async Task<string> CheckAsync(LockedSkill skill, CancellationToken ct)
    {
        if (!skill.IsConsistent) throw new IOException("the lock file contradicts itself: the digest is not that of the files it lists");
        var version = (await client.VersionAsync(skill.Id, skill.Version, ct)).Value.Version;
        if (version.Revoked) throw new IOException($"version {skill.Version} is revoked");
        if (version.Digest != skill.Digest) throw new IOException($"the lock file says {skill.Digest}, but the ledger recorded {version.Digest} for version {skill.Version}");
        return version.Tier;
    }
}
