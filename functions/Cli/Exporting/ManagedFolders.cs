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
/// touched, and one that was changed by hand only with <paramref name="force"/>.</summary>
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

    /// <param name="describe">Of the new lock file, what it is of.</param>
    public async Task<ManagedResult> BringToAsync(long leaf, IReadOnlyList<WantedSkill> wanted, Func<SkillsLock, SkillsLock> describe, CancellationToken ct)
    {
        Directory.CreateDirectory(directory);
        using var alone = DirectoryLock.Take(directory);
        var lastTime = await SkillsLock.ReadAsync(directory, ct);
        var earlier = lastTime?.ByName ?? new Dictionary<string, LockedSkill>(StringComparer.Ordinal);
        foreach (var skill in wanted)
        {
            progress.Report(locked.Count + refused.Count, wanted.Count);
            await PutAsync(skill, earlier.GetValueOrDefault(skill.Name), ct);
        }

        foreach (var gone in earlier.Values.Where(e => wanted.All(w => w.Name != e.Name)).OrderBy(e => e.Name, StringComparer.Ordinal)) Remove(gone);
        var lockFile = describe(SkillsLock.Of(leaf, locked));
        // The ledger goes on while the skills stay: the same skills are the same file.
        if (lastTime is not null && (lockFile with { Leaf = lastTime.Leaf }).Bytes().AsSpan().SequenceEqual(lastTime.Bytes())) lockFile = lastTime;
        await lockFile.WriteAsync(directory, ct);
        return new(lockFile, added, updated, unchanged, removed, refused);
    }

    private async Task PutAsync(WantedSkill skill, LockedSkill? earlier, CancellationToken ct)
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
            var there = SkillFolder.Holds(folder, given.Package.Manifest.Files);
            // A run that was broken off has left folders and no lock file: what is as it should be needs no owner.
            if (!there && earlier is null && SkillFolder.Exists(folder))
                throw new IOException($"{folder} is there and no earlier export made it: move it away, or export to another folder");
            if (!there && earlier is not null && !force && SkillFolder.WasEdited(folder, earlier.Given))
                throw new IOException($"{folder} was changed since it was exported: move your changes away, or delete the folder, and do it again");
            (there ? unchanged : earlier is null ? added : updated).Add(skill.Name);
            if (!there) await SkillFolder.WriteAsync(directory, skill.Name, given.Package, ct);
            locked.Add(new(skill.Id, skill.Name, skill.Version, skill.Digest, package.Manifest.Files) { ServedBy = servedBy, Withheld = given.Withheld });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or LedgerApiException)
        {
            Refuse(skill.Name, earlier, e.Message);
        }
    }

    private void Remove(LockedSkill gone)
    {
        var folder = Path.Combine(directory, gone.Name);
        if (!SkillFolder.Exists(folder)) return;
        if (!force && SkillFolder.WasEdited(folder, gone.Given))
        {
            Refuse(gone.Name, gone, $"{folder} is not among the skills any more, but it was changed since it was exported: move your changes away, or delete the folder");
            return;
        }

        SkillFolder.Delete(folder);
        removed.Add(gone.Name);
    }

    // What stays there is still ours, and is looked at again the next time.
    private void Refuse(string name, LockedSkill? earlier, string why)
    {
        refused.Add(new(name, why));
        if (earlier is not null && locked.All(s => s.Name != name) && SkillFolder.Exists(Path.Combine(directory, name))) locked.Add(earlier);
    }
}
