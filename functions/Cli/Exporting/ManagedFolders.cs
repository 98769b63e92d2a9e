using Pipeline.Domain.Skills;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Exporting;

/// <summary>A skill that a directory is to hold.</summary>
/// <param name="Tier">Of the version, as the ledger says it.</param>
/// <param name="ServedBy">The alias that served it; null where that is not told.</param>
internal sealed record WantedSkill(string Id, string Name, int Version, string Digest, string? Tier = null, string? ServedBy = null)
{
    /// <summary>Those of the skills that serve a version: of others a directory holds nothing, nor goes on to hold what it had.</summary>
    public static IReadOnlyList<WantedSkill> Among(IEnumerable<SkillFacts> skills) =>
        [.. skills.Where(s => s is { Version: not null, Digest: not null }).Select(s => new WantedSkill(s.Id, s.Name, s.Version!.Value, s.Digest!, s.Tier, s.ServedBy))];
}

/// <summary>A skill that is not in the directory as it should be, and why.</summary>
internal sealed record ExportRefusal(string Skill, string Why);

/// <summary>What was done to a directory.</summary>
/// <param name="Removed">Folders of an earlier time whose skills are not among the wanted ones.</param>
internal sealed record ManagedResult(
    SkillsLock Lock, IReadOnlyList<string> Added, IReadOnlyList<string> Updated, IReadOnlyList<string> Unchanged, IReadOnlyList<string> Removed, IReadOnlyList<ExportRefusal> Refused);

/// <summary>Makes a directory hold what is wanted: a folder for each skill, and the lock file. A folder that no earlier time made is never
/// touched, and one that was changed by hand only with <paramref name="force"/>; nor does everything go without it, unless the ledger says of a
/// skill that nobody is to have it.</summary>
/// <param name="alias">That the directory follows.</param>
/// <param name="withScripts">Whether scripts are given whatever the tier.</param>
internal sealed class ManagedFolders(LedgerClient client, string directory, string alias, bool withScripts, bool force, IProgressMeter progress)
{
    private readonly List<LockedSkill> locked = [];
    private readonly List<string> added = [];
    private readonly List<string> updated = [];
    private readonly List<string> unchanged = [];
    private readonly List<string> removed = [];
    private readonly List<ExportRefusal> refused = [];
    private readonly Dictionary<string, IReadOnlyList<LockedSkill>> ours = new(StringComparer.Ordinal);

    /// <param name="describe">Of the new lock file, what it is of.</param>
    public async Task<ManagedResult> BringToAsync(long leaf, IReadOnlyList<WantedSkill> wanted, Func<SkillsLock, SkillsLock> describe, CancellationToken ct)
    {
        Directory.CreateDirectory(directory);
        using var alone = DirectoryLock.Take(directory);
        var lastTime = await SkillsLock.ReadAsync(directory, ct);
        var earlier = lastTime?.ByName ?? new Dictionary<string, LockedSkill>(StringComparer.Ordinal);
        var installed = await InstalledSkills.ReadAsync(directory, ct);
        foreach (var name in installed.Names.Union(earlier.Keys, StringComparer.Ordinal))
            ours.Add(name, earlier.TryGetValue(name, out var skill) ? [.. installed.Of(name), skill] : installed.Of(name));
        foreach (var name in installed.Names) SkillFolder.ClearStaging(directory, name);
        foreach (var skill in wanted)
        {
            progress.Report(locked.Count + refused.Count, wanted.Count);
            await PutAsync(skill, earlier.GetValueOrDefault(skill.Name), installed, ct);
        }

        foreach (var name in ours.Keys.Except(wanted.Select(w => w.Name), StringComparer.Ordinal).Order(StringComparer.Ordinal))
            await RemoveAsync(name, lastTime, isLast: wanted.Count == 0, ct);
        var lockFile = describe(SkillsLock.Of(leaf, locked));
        // The ledger goes on while the skills stay: the same skills are the same file.
        if (lastTime is not null && (lockFile with { Leaf = lastTime.Leaf }).Bytes().AsSpan().SequenceEqual(lastTime.Bytes())) lockFile = lastTime;
        await lockFile.WriteAsync(directory, ct);
        await installed.SettleAsync(Standing(lockFile, installed), ct);
        return new(lockFile, added, updated, unchanged, removed, refused);
    }

    private async Task PutAsync(WantedSkill skill, LockedSkill? earlier, InstalledSkills installed, CancellationToken ct)
    {
        var folder = Path.Combine(directory, skill.Name);
        var allowsScripts = GivenPackage.AllowsScripts(skill.Tier, withScripts);
        var servedBy = skill.ServedBy == alias ? null : skill.ServedBy;
        try
        {
            if (locked.Any(s => s.Name == skill.Name)) throw new IOException("another skill has this name");
            // What is there already as it should be is not fetched again.
            if (earlier is not null && earlier.Digest == skill.Digest && earlier.IsConsistent && SkillFolder.Holds(folder, earlier.Given)
                && (allowsScripts ? earlier.Withheld is null : GivenPackage.ScriptsIn(folder, earlier.Given).Count == 0))
            {
                unchanged.Add(skill.Name);
                locked.Add(earlier with { Id = skill.Id, Version = skill.Version, ServedBy = servedBy });
                return;
            }

            var package = await ServedPackages.FetchAsync(client, skill.Id, skill.Version, skill.Digest, ct);
            if (SkillFolder.Fault(skill.Name, package) is { } fault) throw new IOException(fault);
            var given = GivenPackage.Of(package, allowsScripts);
            var put = new LockedSkill(skill.Id, skill.Name, skill.Version, skill.Digest, package.Manifest.Files)
            {
                ServedBy = servedBy,
                Withheld = given.Withheld,
                CallsItself = SkillFolder.OtherName(skill.Name, package),
            };
            // What is as it should be needs no owner.
            if (SkillFolder.Holds(folder, put.Given)) unchanged.Add(skill.Name);
            else await WriteAsync(put, given.Package, installed, ct);
            locked.Add(put);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or LedgerApiException)
        {
            Refuse(skill.Name, earlier, e.Message);
        }
    }

    private async Task WriteAsync(LockedSkill put, Package package, InstalledSkills installed, CancellationToken ct)
    {
        var folder = Path.Combine(directory, put.Name);
        var existed = SkillFolder.Exists(folder);
        if (existed && !ours.ContainsKey(put.Name)) throw new IOException($"{folder} is there and no earlier export made it: move it away, or export to another folder");
        if (existed && !force && SkillFolder.WasEdited(folder, ours[put.Name]))
            throw new IOException($"{folder} was changed since it was exported: move your changes away, or delete the folder, and do it again");
        await installed.IntendAsync(put, ct);
        await SkillFolder.WriteAsync(directory, put.Name, package, ct);
        (existed ? updated : added).Add(put.Name);
    }

    private async Task RemoveAsync(string name, SkillsLock? lastTime, bool isLast, CancellationToken ct)
    {
        var earlier = lastTime?.ByName.GetValueOrDefault(name);
        var folder = Path.Combine(directory, name);
        if (!SkillFolder.Exists(folder)) return;
        try
        {
            if (!force && SkillFolder.WasEdited(folder, ours[name]))
                throw new IOException($"{folder} is not among the skills any more, but it was changed since it was exported: move your changes away, or delete the folder");
            // A ledger that has nothing at all to give is rather the wrong one, or asked for the wrong thing.
            if (isLast && !force && !await IsWithheldAsync(ours[name][^1], lastTime, ct))
                throw new IOException($"nothing is served there now, and the directory would become empty: see whether that is meant, then say `{Invocation.Of($"skill sync {directory} --force")}`");
            SkillFolder.Delete(folder);
            removed.Add(name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or LedgerApiException)
        {
            Refuse(name, earlier, e.Message);
        }
    }

    // By the alias that it was given by: the one that is asked for now may be mistyped, and need more.
    private async Task<bool> IsWithheldAsync(LockedSkill skill, SkillsLock? lastTime, CancellationToken ct)
    {
        try
        {
            var version = (await client.VersionAsync(skill.Id, skill.Version, ct)).Value.Version;
            return version.WhyNot(skill.Name) is not null || (lastTime is not null && version.WhyNotUnder(lastTime.AliasOf(skill), skill.Name) is not null);
        }
        catch (LedgerApiException e) when (e.Status == StatusCodes.Status404NotFound)
        {
            return false;
        }
    }

    // What stays there is still ours, and is looked at again the next time.
    private void Refuse(string name, LockedSkill? earlier, string why)
    {
        refused.Add(new(name, why));
        if (earlier is not null && locked.All(s => s.Name != name) && SkillFolder.Exists(Path.Combine(directory, name))) locked.Add(earlier);
    }

    private IEnumerable<LockedSkill> Standing(SkillsLock lockFile, InstalledSkills installed)
    {
        var failed = refused.Select(r => r.Skill).ToHashSet(StringComparer.Ordinal);
        return [
            .. lockFile.Skills.Where(s => !failed.Contains(s.Name)),
            .. failed.SelectMany(name => installed.Of(name).Concat(ours.GetValueOrDefault(name) ?? [])).Where(s => SkillFolder.Exists(Path.Combine(directory, s.Name))).DistinctBy(s => (s.Name, s.Digest, string.Join('\n', s.Withheld ?? []))),
        ];
    }
}
