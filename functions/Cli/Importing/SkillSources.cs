using System.Text;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Cli.Api;
using Pipeline.Functions.Cli.Files;
using Pipeline.Functions.LedgerApi;
using Pipeline.Infra.Packages;

namespace Pipeline.Functions.Cli.Importing;

/// <summary>A skill to import, or why it cannot be.</summary>
/// <param name="Place">Where it was found, for people.</param>
/// <param name="Id">That it will have; empty where it is refused.</param>
internal sealed record FoundSkill(string Place, string Id, ImportSkill? Skill, string? Why)
{
    /// <param name="folder">That holds it; null where there is none.</param>
    public static FoundSkill Of(string place, string? id, string? name, string? folder, IEnumerable<ArchivedFile> files)
    {
        List<ArchivedFile> ordered = [.. files.OrderBy(f => f.Path, StringComparer.Ordinal)];
        if (PackageIntake.Problem([.. ordered.Select(f => new PackageFile(f.Path, f.Mode, f.Content))]) is { } problem) return Refused(place, problem);
        var stated = SkillFrontmatter.Read(Encoding.UTF8.GetString(ordered.Find(f => f.Path == Package.SkillFile)!.Content));
        return new[] { id, name, folder, stated.Name }.All(string.IsNullOrEmpty)
            ? Refused(place, "nothing says what the skill is called: give it an id, or a name")
            : new(place, ImportedIdentity.Of(id, name, folder, stated).Id, new(id, name, folder, [.. ordered.Select(f => new ImportFile(f.Path, f.Mode, f.Content))]), null);
    }

    public static FoundSkill Refused(string place, string why) => new(place, "", null, why);
}

/// <summary>Skills that are read one after the other, so that a library need not fit in memory.</summary>
/// <param name="Count">How many come.</param>
internal sealed record FoundSkills(int Count, IAsyncEnumerable<FoundSkill> Skills);

/// <summary>Finds the skills of a path: a folder (of folders) with SKILL.md, a zip of such, or JSON lines, plain or gzip.</summary>
internal static class SkillSources
{
    /// <exception cref="CliFailure">There is nothing there, or it cannot be read at all.</exception>
    public static async Task<FoundSkills> FindAsync(string path, Func<Stream> openInput, CancellationToken ct)
    {
        var found = Directory.Exists(path) ? SkillFolders.Find(path) : await OfFileAsync(new InputFile(path), openInput, ct);
        return found.Count > 0 ? found : throw new CliFailure(ExitCodes.Refused,
            $"{path} holds no skill. Expected: a folder with SKILL.md or with such folders in it, a zip of them, or JSON lines with \"name\" and \"text\".");
    }

    private static async Task<FoundSkills> OfFileAsync(InputFile file, Func<Stream> openInput, CancellationToken ct)
    {
        if (!file.IsInput && !File.Exists(file.Path)) throw new CliFailure(ExitCodes.Refused, $"There is no file or folder {file.Path}.");
        try
        {
            var bytes = await FileBytes.ReadAsync(file, openInput, ct);
            return bytes.AsSpan().StartsWith("PK"u8) ? OfArchive(await SafeZip.ReadAsync(bytes, ct), file) : SkillLines.Find(bytes);
        }
        catch (IOException e)
        {
            throw new CliFailure(ExitCodes.Refused, $"{file.Name} cannot be imported: {e.Message}.");
        }
    }

    /// <summary>Every folder of an archive that holds a SKILL.md is a skill; one inside another belongs to the outer one.</summary>
    private static FoundSkills OfArchive(IReadOnlyList<ArchivedFile> files, InputFile archive)
    {
        var folders = files.Where(f => !SkillFolders.IsLitter(f.Path)).Where(f => f.Path == Package.SkillFile || f.Path.EndsWith("/" + Package.SkillFile, StringComparison.Ordinal))
            .Select(f => f.Path[..^Package.SkillFile.Length])
            .Order(StringComparer.Ordinal).ToList();
        var outer = folders.Where(folder => !folders.Any(other => other.Length < folder.Length && folder.StartsWith(other, StringComparison.Ordinal))).ToList();
        return new(outer.Count, outer.Select(folder => FoundSkill.Of(
            folder.Length == 0 ? Package.SkillFile : folder.TrimEnd('/'), null, null, NameOf(folder, archive),
            files.Where(f => f.Path.StartsWith(folder, StringComparison.Ordinal) && !SkillFolders.IsLitter(f.Path)).Select(f => f with { Path = f.Path[folder.Length..] }))).ToAsyncEnumerable());
    }

    // What lies at the root of an archive lies in the folder that the archive would be unpacked to.
    private static string? NameOf(string folder, InputFile archive) =>
        folder.Length > 0 ? Path.GetFileName(folder.TrimEnd('/')) : archive.IsInput ? null : Path.GetFileNameWithoutExtension(archive.Path);
}
