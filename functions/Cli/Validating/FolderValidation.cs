using System.Text;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation;
using Pipeline.Domain.Validation.Budget;
using Pipeline.Domain.Validation.Spec;
using Pipeline.Functions.Cli.Importing;
using Pipeline.Infra.Packages;

namespace Pipeline.Functions.Cli.Validating;

/// <summary>What the validators that need no ledger say of a folder.</summary>
/// <param name="Refusal">Why an import would not take it; null where it would.</param>
/// <param name="Reports">One for each validator.</param>
internal sealed record ValidatedFolder(string Path, string? Refusal, IReadOnlyList<ValidationReport> Reports)
{
    public bool Failed => Refusal is not null || Reports.Any(r => r.Verdict == Verdict.Failed);
}

/// <summary>Validates skills that lie in folders: one, or all below a folder, whose descriptions are then compared with each other.</summary>
internal static class FolderValidation
{
    private static readonly BudgetThresholds Thresholds = new();

    /// <param name="path">A folder with a SKILL.md or with such folders in it, or a SKILL.md.</param>
    public static async Task<IReadOnlyList<ValidatedFolder>> OfAsync(string path, CancellationToken ct)
    {
        var root = File.Exists(path) && Path.GetFileName(path).Equals(Package.SkillFile, StringComparison.OrdinalIgnoreCase) ? Path.GetDirectoryName(Path.GetFullPath(path))! : path;
        var found = Directory.Exists(root) && SkillDirectory.Find(root) is null ? await SkillFolders.FindAsync(root, ct) : [];
        IReadOnlyList<string> folders = found.Count > 0 ? [.. found.Select(f => f.Place)] : [root];
        var skills = folders.Select(folder => (Folder: folder, Read: SkillDirectory.Read(folder), Text: TextOf(folder))).Select(s => (s.Folder, s.Read, s.Text, SkillFrontmatter.Read(s.Text).Description)).ToList();
        var validated = new List<ValidatedFolder>();
        foreach (var skill in skills)
        {
            var taken = SkillDirectory.Find(skill.Folder) is not null && await SkillFolders.FindAsync(skill.Folder, ct) is [var one, ..] ? one : null;
            var digest = taken?.Skill is { } whole ? Package.Of(whole.Files.Select(f => new PackageFile(f.Path, f.Mode, f.Content))).Digest : "";
            List<ValidationReport> reports = [SpecValidator.Judge(skill.Read, NameOf(skill.Folder)).ReportOf(SpecValidator.Identity, digest)];
            if (SkillDirectory.Find(skill.Folder) is not null)
            {
                var others = skills.Where(other => other.Folder != skill.Folder).Select(other => new OtherSkill(NameOf(other.Folder), other.Description)).ToList();
                reports.Add(BudgetValidator.Judge(skill.Text, skill.Description, others, Thresholds).ReportOf(BudgetValidator.Identity(Thresholds), digest));
            }
            validated.Add(new(skill.Folder, taken?.Why, reports));
        }
        return validated;
    }

    private static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    private static string TextOf(string folder) =>
        SkillDirectory.Find(folder) is { } file && new FileInfo(file) is { Exists: true, Length: <= SkillDirectory.LargestSkillFile } ? Encoding.UTF8.GetString(File.ReadAllBytes(file)) : "";
}
