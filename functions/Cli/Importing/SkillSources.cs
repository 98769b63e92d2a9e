using Pipeline.Domain.Skills;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Files;
using Pipeline.Infra.Packages;

namespace Pipeline.Functions.Cli.Importing;

/// <summary>A skill to import, or why it cannot be.</summary>
/// <param name="Place">Where it was found, for people.</param>
internal sealed record FoundSkill(string Place, ImportSkill? Skill, string? Why)
{
    public static FoundSkill Of(string place, string? id, string? name, IEnumerable<ArchivedFile> files)
    {
        List<ArchivedFile> ordered = [.. files.OrderBy(f => f.Path, StringComparer.Ordinal)];
        return PackageIntake.Problem([.. ordered.Select(f => new PackageFile(f.Path, f.Mode, f.Content))]) is { } problem
            ? Refused(place, problem)
            : new(place, new(id, name, FolderOf(place), [.. ordered.Select(f => new ImportFile(f.Path, f.Mode, f.Content))]), null);
    }

    // What a skill is called whose SKILL.md states no name.
    private static string? FolderOf(string place) => Path.GetFileName(Path.TrimEndingDirectorySeparator(place)) is { Length: > 0 } name ? name : null;

    public static FoundSkill Refused(string place, string why) => new(place, null, why);
}

/// <summary>Finds the skills of a path: a folder (of folders) with SKILL.md, a zip of such, or JSON lines, plain or gzip.</summary>
internal static class SkillSources
{
    /// <exception cref="CliFailure">There is nothing there, or it cannot be read at all.</exception>
    public static async Task<IReadOnlyList<FoundSkill>> FindAsync(string path, Func<Stream> openInput, CancellationToken ct)
    {
        var found = Directory.Exists(path) ? await SkillFolders.FindAsync(path, ct) : await OfFileAsync(new InputFile(path), openInput, ct);
        return found.Count > 0 ? found : throw new CliFailure(ExitCodes.Refused,
            $"{path} holds no skill. Expected: a folder with SKILL.md or with such folders in it, a zip of them, or JSON lines with \"name\" and \"text\".");
    }

    private static async Task<IReadOnlyList<FoundSkill>> OfFileAsync(InputFile file, Func<Stream> openInput, CancellationToken ct)
    {
        if (!file.IsInput && !File.Exists(file.Path)) throw new CliFailure(ExitCodes.Refused, $"There is no file or folder {file.Path}.");
        try
        {
            var bytes = await FileBytes.ReadAsync(file, openInput, ct);
            return bytes.AsSpan().StartsWith("PK"u8) ? OfArchive(await SafeZip.ReadAsync(bytes, ct)) : SkillLines.Read(bytes);
        }
        catch (IOException e)
        {
            throw new CliFailure(ExitCodes.Refused, $"{file.Name} cannot be imported: {e.Message}.");
        }
    }

    /// <summary>Every folder of an archive that holds a SKILL.md is a skill; one inside another belongs to the outer one.</summary>
    private static IReadOnlyList<FoundSkill> OfArchive(IReadOnlyList<ArchivedFile> files)
    {
        var folders = files.Where(f => !SkillFolders.IsLitter(f.Path)).Where(f => f.Path == Package.SkillFile || f.Path.EndsWith("/" + Package.SkillFile, StringComparison.Ordinal))
            .Select(f => f.Path[..^Package.SkillFile.Length])
            .Order(StringComparer.Ordinal).ToList();
        var outer = folders.Where(folder => !folders.Any(other => other.Length < folder.Length && folder.StartsWith(other, StringComparison.Ordinal)));
        return [.. outer.Select(folder => FoundSkill.Of(
            folder.Length == 0 ? Package.SkillFile : folder.TrimEnd('/'), null, null,
            files.Where(f => f.Path.StartsWith(folder, StringComparison.Ordinal) && !SkillFolders.IsLitter(f.Path)).Select(f => f with { Path = f.Path[folder.Length..] })))];
    }
}
