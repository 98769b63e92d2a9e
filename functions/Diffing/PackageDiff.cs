using System.Text;
using DiffPlex;
using Pipeline.Domain.Skills;

namespace Pipeline.Functions.Diffing;

/// <summary>What changed in a file between two packages.</summary>
/// <param name="Change"><c>added</c>, <c>removed</c> or <c>changed</c>.</param>
/// <param name="Binary">Then there are no hunks.</param>
public sealed record FileDiff(string Path, string Change, bool Binary, IReadOnlyList<Hunk> Hunks);

/// <summary>Lines that changed, with a few around them.</summary>
/// <param name="OldStart">From 1, as in the unified format; so is <paramref name="NewStart"/>.</param>
/// <param name="Lines">Each begins with a space, <c>-</c> or <c>+</c>.</param>
public sealed record Hunk(int OldStart, int OldLines, int NewStart, int NewLines, IReadOnlyList<string> Lines)
{
    public string Header => $"@@ -{OldStart},{OldLines} +{NewStart},{NewLines} @@";
}

/// <summary>Compares two packages, changes only: SKILL.md first, then the other files in ordinal order.</summary>
public static class PackageDiff
{
    private const int Context = 3;

    public static IReadOnlyList<FileDiff> Of(Package before, Package after)
    {
        var old = before.Files.ToDictionary(f => f.Path, StringComparer.Ordinal);
        var now = after.Files.ToDictionary(f => f.Path, StringComparer.Ordinal);
        return [.. old.Keys.Union(now.Keys)
            .OrderBy(path => path != Package.SkillFile).ThenBy(path => path, StringComparer.Ordinal)
            .Where(path => old.GetValueOrDefault(path)?.Sha256 != now.GetValueOrDefault(path)?.Sha256
                || old[path].Mode != now[path].Mode)
            .Select(path => Of(path, old.GetValueOrDefault(path), now.GetValueOrDefault(path)))];
    }

    private static FileDiff Of(string path, PackageFile? before, PackageFile? after)
    {
        var change = before is null ? "added" : after is null ? "removed" : "changed";
        var (old, now) = (TextOf(before), TextOf(after));
        return old is null || now is null ? new(path, change, Binary: true, []) : new(path, change, Binary: false, Hunks(old, now));
    }

    /// <summary>The hunks that lead from one text to another.</summary>
    public static IReadOnlyList<Hunk> Hunks(string before, string after)
    {
        var diff = new Differ().CreateLineDiffs(before, after, ignoreWhitespace: false);
        var hunks = new List<Hunk>();
        for (var i = 0; i < diff.DiffBlocks.Count;)
        {
            var first = i;
            do i++;
            while (i < diff.DiffBlocks.Count && Gap(diff.DiffBlocks[i - 1], diff.DiffBlocks[i]) <= 2 * Context);
            hunks.Add(HunkOf(diff.DiffBlocks.Skip(first).Take(i - first).ToList(), diff.PiecesOld, diff.PiecesNew));
        }

        return hunks;
    }

    private static Hunk HunkOf(List<DiffPlex.Model.DiffBlock> blocks, IReadOnlyList<string> old, IReadOnlyList<string> now)
    {
        var lines = new List<string>();
        var start = Math.Max(0, blocks[0].DeleteStartA - Context);
        var at = start;
        foreach (var block in blocks)
        {
            for (; at < block.DeleteStartA; at++) lines.Add(" " + old[at]);
            for (; at < block.DeleteStartA + block.DeleteCountA; at++) lines.Add("-" + old[at]);
            lines.AddRange(Enumerable.Range(block.InsertStartB, block.InsertCountB).Select(i => "+" + now[i]));
        }

        for (var end = Math.Min(old.Count, at + Context); at < end; at++) lines.Add(" " + old[at]);
        var newStart = blocks[0].InsertStartB - (blocks[0].DeleteStartA - start);
        var (oldLines, newLines) = (lines.Count(l => l[0] != '+'), lines.Count(l => l[0] != '-'));
        return new(start + (oldLines == 0 ? 0 : 1), oldLines, newStart + (newLines == 0 ? 0 : 1), newLines, lines);
    }

    private static int Gap(DiffPlex.Model.DiffBlock before, DiffPlex.Model.DiffBlock after) =>
        after.DeleteStartA - (before.DeleteStartA + before.DeleteCountA);

    // Null for what is no text. An absent file is an empty one: all of the other is added or removed.
    private static string? TextOf(PackageFile? file)
    {
        if (file is null) return "";
        if (file.Content.Contains((byte)0)) return null;
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(file.Content);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
