using Pipeline.Domain.Skills;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Files;

namespace Pipeline.Functions.Cli.Exporting;

/// <summary>A skill that was not exported, and why.</summary>
internal sealed record ExportRefusal(string Skill, string Why);

/// <summary>What an export left in the folder.</summary>
/// <param name="Removed">Folders of an earlier export whose skills are not among these.</param>
internal sealed record ExportResult(SkillsLock Lock, IReadOnlyList<string> Removed, IReadOnlyList<ExportRefusal> Refused);

/// <summary>Makes a folder hold what is served: a folder for each skill, and the lock file. What no earlier export made is not touched.</summary>
internal sealed class SkillExport(LedgerClient client, string directory, IProgressMeter progress)
{
    private readonly List<LockedSkill> locked = [];
    private readonly List<ExportRefusal> refused = [];

    public async Task<ExportResult> RunAsync(long leaf, IReadOnlyList<SkillFacts> skills, CancellationToken ct)
    {
        Directory.CreateDirectory(directory);
        var lastTime = await SkillsLock.ReadAsync(directory, ct);
        var earlier = NamesOf(lastTime);
        foreach (var skill in skills)
        {
            progress.Report(locked.Count + refused.Count, skills.Count);
            if (await WhyNotAsync(skill, earlier, lastTime, ct) is { } why) refused.Add(new(skill.Name, why));
        }

        var removed = earlier.Where(name => locked.All(s => s.Name != name) && refused.All(s => s.Skill != name) && Directory.Exists(Path.Combine(directory, name))
            && !SkillFolder.WasEdited(Path.Combine(directory, name), FilesOf(lastTime, name))).ToList();
        foreach (var name in removed) SkillFolder.Delete(Path.Combine(directory, name));
        var lockFile = SkillsLock.Of(leaf, locked);
        await WriteAsync(lockFile, ct);
        return new(lockFile, removed, refused);
    }

    private async Task<string?> WhyNotAsync(SkillFacts skill, IReadOnlyList<string> earlier, SkillsLock? lastTime, CancellationToken ct)
    {
        if (locked.Any(s => s.Name == skill.Name)) return "another skill has this name";
        if (skill is not { Version: { } version, Digest: { } digest }) return "every version of it is revoked, so none is served";
        try
        {
            var package = await ServedPackages.FetchAsync(client, skill.Id, version, digest, ct);
            if (SkillFolder.Fault(skill.Name, package) is { } fault) return fault;
            var folder = Path.Combine(directory, skill.Name);
            // An export that was broken off has left folders and no lock file: what is as it should be needs no owner.
            if (SkillFolder.Exists(folder) && !earlier.Contains(skill.Name) && !await SkillFolder.HoldsAsync(folder, package, ct))
                return $"{folder} is there and no earlier export made it: move it away, or export to another folder";
            if (earlier.Contains(skill.Name) && SkillFolder.WasEdited(folder, FilesOf(lastTime, skill.Name)) && !await SkillFolder.HoldsAsync(folder, package, ct))
                return $"{folder} was changed since it was exported: move your changes away, or delete the folder, and export again";
            await SkillFolder.WriteAsync(directory, skill.Name, package, ct);
            locked.Add(new(skill.Id, skill.Name, version, digest, package.Manifest.Files));
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or LedgerApiException)
        {
            return e.Message;
        }
    }

    // Through a file beside it, so that neither a link in its place nor an export that is broken off spoils anything.
    private async Task WriteAsync(SkillsLock lockFile, CancellationToken ct)
    {
        var path = Path.Combine(directory, SkillsLock.FileName);
        var unfinished = path + ".new";
        SkillFolder.Delete(unfinished);
        await using (var stream = new FileStream(unfinished, FileMode.CreateNew, FileAccess.Write)) await stream.WriteAsync(lockFile.Bytes(), ct);
        File.Move(unfinished, path, overwrite: true);
    }

    private static IReadOnlyList<ManifestEntry> FilesOf(SkillsLock? lastTime, string name) => lastTime?.Skills.FirstOrDefault(s => s.Name == name)?.Files ?? [];

    // A lock file is anybody's to edit, and these names are about to be deleted.
    private static IReadOnlyList<string> NamesOf(SkillsLock? earlier) => earlier is null ? [] : [.. earlier.Skills.Select(s => s.Name).Where(PackagePath.IsSkillName)];
}
