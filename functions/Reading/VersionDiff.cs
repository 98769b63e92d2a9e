using Pipeline.Domain.Skills;
using Pipeline.Functions.Diffing;

namespace Pipeline.Functions.Reading;

/// <summary>The changes between two versions of a skill, by section, with what stands behind each.</summary>
public sealed class VersionDiff(VersionReading reading)
{
    // Comparing takes longer than its texts are long.
    private const int LongestText = 200_000;

    public async Task<VersionChanges> OfAsync(SkillThen then, VersionThen from, VersionThen to, CancellationToken ct)
    {
        var (before, after) = (await reading.PackageAsync(from, ct), await reading.PackageAsync(to, ct));
        var (old, now) = (before.Package.SkillText, after.Package.SkillText);
        var isTooLong = before.Package.Files.Concat(after.Package.Files).Any(f => f.Content.Length > LongestText);
        string[] problems = [.. new[] { before.Problem, after.Problem }.Where(p => p.Length > 0), .. isTooLong ? ["a file is too long to be compared here; `pipeline skill diff` does it"] : Array.Empty<string>()];
        if (isTooLong) return new(problems, null, [], []);

        var (oldSections, newSections) = (await reading.SectionsAsync(then, from, ct), await reading.SectionsAsync(then, to, ct));
        var (oldHead, newHead) = (VersionReading.HeadOf(old), VersionReading.HeadOf(now));
        var changes = SkillDocument.Edits(SkillDocument.SectionsOf(old), SkillDocument.SectionsOf(now)).Select(edit =>
        {
            var (was, isNow) = (Find(oldSections, edit.Section), Find(newSections, edit.Section));
            return new SectionChange(edit.Section, edit.Kind, was, isNow, PackageDiff.Hunks(was?.Text ?? "", isNow?.Text ?? ""));
        });
        return new(
            problems, oldHead == newHead ? null : new(oldHead, newHead, PackageDiff.Hunks(oldHead, newHead)), [.. changes],
            [.. PackageDiff.Of(before.Package, after.Package).Where(f => f.Path != Package.SkillFile)]);
    }

    private static SectionThen? Find(IReadOnlyList<SectionThen> sections, string heading) => sections.FirstOrDefault(s => s.Heading == heading);
}

/// <param name="Problems">Why it may be less than the whole.</param>
/// <param name="Head">Frontmatter and title, where they changed.</param>
/// <param name="Files">Other files that changed.</param>
public sealed record VersionChanges(IReadOnlyList<string> Problems, HeadChange? Head, IReadOnlyList<SectionChange> Sections, IReadOnlyList<FileDiff> Files)
{
    public bool IsNone => Head is null && Sections.Count == 0 && Files.Count == 0 && Problems.Count == 0;
}

public sealed record HeadChange(string Before, string After, IReadOnlyList<Hunk> Hunks);

/// <param name="Before">Null where it was added; <paramref name="After"/> where it was removed.</param>
public sealed record SectionChange(string Heading, SectionEditKind Kind, SectionThen? Before, SectionThen? After, IReadOnlyList<Hunk> Hunks);
