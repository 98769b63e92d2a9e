using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Exporting;

/// <summary>Makes a directory hold exactly what its lock file says, or leaves it as it is: only what the disk itself refuses is told when part of it
/// is done. What this machine installed earlier and the lock file does not name any more goes.</summary>
/// <param name="withScripts">Whether the lock file may give scripts whatever the tier.</param>
internal sealed class FrozenFolders(LedgerClient client, string directory, bool withScripts, bool force, IProgressMeter progress)
{
    private readonly Dictionary<string, (LockedSkill Skill, Package Package)> packages = new(StringComparer.Ordinal);
    private readonly List<string> added = [];
    private readonly List<string> updated = [];
    private readonly List<string> removed = [];
    private readonly List<ExportRefusal> refused = [];

    /// <exception cref="CliFailure">There is no lock file.</exception>
    public async Task<ManagedResult> InstallAsync(CancellationToken ct)
    {
        var lockFile = await SkillsLock.ReadAsync(directory, ct)
            ?? throw new CliFailure(ExitCodes.Refused, $"There is no {SkillsLock.FileName} in {directory} to go by. Make one with `{Invocation.Of($"skill sync {directory}")}`.");
        using var alone = DirectoryLock.Take(directory);
        var installed = await InstalledSkills.ReadAsync(directory, ct);
        foreach (var name in installed.Names) SkillFolder.ClearStaging(directory, name);
        foreach (var skill in lockFile.Skills)
        {
            progress.Report(packages.Count + refused.Count, lockFile.Skills.Count);
            await TryAsync(skill.Name, () => PrepareAsync(lockFile, skill, installed, ct));
        }

        var gone = installed.Names.Where(name => !lockFile.ByName.ContainsKey(name)).ToList();
        foreach (var name in gone.Where(name => !force && SkillFolder.WasEdited(Path.Combine(directory, name), installed.Of(name))))
            refused.Add(new(name, $"{Path.Combine(directory, name)} is not in the lock file any more, but it was changed since it was installed: move your changes away, or delete the folder"));
        if (refused.Count > 0) return new(lockFile, [], [], [], [], refused);

        foreach (var (name, (skill, package)) in packages) await TryAsync(name, () => WriteAsync(skill, package, installed, ct));
        foreach (var name in gone) await TryAsync(name, () => Remove(name));
        var failed = refused.Select(r => r.Skill).ToHashSet(StringComparer.Ordinal);
        await installed.SettleAsync([.. lockFile.Skills.Where(s => !failed.Contains(s.Name)), .. failed.SelectMany(installed.Of)], ct);
        return new(lockFile, added, updated, [.. lockFile.Skills.Select(s => s.Name).Where(name => !packages.ContainsKey(name))], removed, refused);
    }

    private async Task TryAsync(string name, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or LedgerApiException)
        {
            refused.Add(new(name, e.Message));
        }
    }

    private async Task PrepareAsync(SkillsLock lockFile, LockedSkill skill, InstalledSkills installed, CancellationToken ct)
    {
        if (!lockFile.ByName.TryGetValue(skill.Name, out var named) || named != skill) throw new IOException("its name is not one for a folder, or another skill has it");
        var tier = await CheckAsync(lockFile, skill, ct);
        var allowsScripts = GivenPackage.AllowsScripts(tier, withScripts);
        var folder = Path.Combine(directory, skill.Name);
        if (SkillFolder.Holds(folder, skill.Given) && (allowsScripts || GivenPackage.ScriptsIn(folder, skill.Given).Count == 0)) return;
        if (!force && SkillFolder.WasEdited(folder, [.. installed.Of(skill.Name), skill]))
            throw new IOException($"{folder} is not what the lock file says: move your changes away, or delete the folder, and do it again");
        var package = await ServedPackages.FetchAsync(client, skill.Id, skill.Version, skill.Digest, ct);
        if (SkillFolder.Fault(skill.Name, package) is { } fault) throw new IOException(fault);
        var given = GivenPackage.Without(package, skill.Withheld);
        if (GivenPackage.Of(given, allowsScripts).Withheld is { } scripts)
            throw new IOException($"the lock file gives {string.Join(", ", scripts)}, but scripts need {TierAllowance.ScriptsFrom}, and version {skill.Version} is at {tier.ToUpperInvariant()}: --with-scripts takes them anyway");
        packages.Add(skill.Name, (skill, given));
    }

    /// <returns>The version's tier.</returns>
    private async Task<string> CheckAsync(SkillsLock lockFile, LockedSkill skill, CancellationToken ct)
    {
        if (!skill.IsConsistent) throw new IOException("the lock file contradicts itself: the digest is not that of the files it lists");
        var version = (await client.VersionAsync(skill.Id, skill.Version, ct)).Value.Version;
        if (version.WhyNot(skill.Name) is { } why) throw new IOException(why);
        if (version.Digest != skill.Digest) throw new IOException($"the lock file says {skill.Digest}, but the ledger recorded {version.Digest} for version {skill.Version}");
        if (version.WhyNotUnder(lockFile.AliasOf(skill), skill.Name) is { } fell) throw new IOException(fell);
        return version.Tier;
    }

    private async Task WriteAsync(LockedSkill skill, Package package, InstalledSkills installed, CancellationToken ct)
    {
        var existed = SkillFolder.Exists(Path.Combine(directory, skill.Name));
        await installed.IntendAsync(skill, ct);
        await SkillFolder.WriteAsync(directory, skill.Name, package, ct);
        (existed ? updated : added).Add(skill.Name);
    }

    private Task Remove(string name)
    {
        var folder = Path.Combine(directory, name);
        if (!SkillFolder.Exists(folder)) return Task.CompletedTask;
        SkillFolder.Delete(folder);
        removed.Add(name);
        return Task.CompletedTask;
    }
}
