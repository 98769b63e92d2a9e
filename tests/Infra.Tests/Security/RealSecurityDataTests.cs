using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Validation.Security;
using Pipeline.Infra.Security;

namespace Pipeline.Infra.Tests.Security;

/// <summary>Labelled packages that nobody on this project wrote; skipped where they are not.</summary>
public sealed class RealSecurityDataTests
{
    [Fact]
    public void Recall_and_false_positives_on_labelled_packages_are_what_they_are_to_be()
    {
        var samples = Samples("malicious-skills/samples.jsonl.gz").Select(s => (Set: s.GetProperty("set").GetString()!, Label: s.GetProperty("label").GetString()!, Flagged: Flagged(s.GetProperty("files")))).ToList();

        Share(samples.Where(s => s.Label == "malicious").Select(s => s.Flagged)).ShouldBeGreaterThanOrEqualTo(.90);
        Share(samples.Where(s => s.Label == "benign").Select(s => s.Flagged)).ShouldBeLessThanOrEqualTo(.10);
        foreach (var set in samples.Where(s => s.Label != "benign").GroupBy(s => (s.Set, s.Label)).Where(g => g.Count() >= 5))
            Share(set.Select(s => s.Flagged)).ShouldBeGreaterThanOrEqualTo(.70, set.Key.Set);
    }

    [Fact]
    public void Few_ordinary_public_skills_are_flagged() =>
        Share(Samples("skills/skills.jsonl.gz").Where((_, i) => i % 8 == 0).Select(s => Flagged(s.GetProperty("text").GetString()!))).ShouldBeLessThanOrEqualTo(.05);

    private static bool Flagged(JsonElement files) => Flagged([.. files.EnumerateObject().Select(f => (f.Name, f.Value.GetString()!))]);

    private static bool Flagged(string skill) => Flagged([(Package.SkillFile, skill)]);

    private static bool Flagged(IReadOnlyList<(string Path, string Text)> files) =>
        SecurityScan.Judge(ShippedSecurityRules.Ruleset, [.. files.Select(f => new PackageFile(f.Path, PackageFile.Regular, Encoding.UTF8.GetBytes(f.Text)))], TestContext.Current.CancellationToken).Flagged;

    private static double Share(IEnumerable<bool> flagged) => flagged.Average(f => f ? 1.0 : 0.0);

    private static List<JsonElement> Samples(string path)
    {
        var file = Find(path);
        Assert.SkipWhen(file is null, "the folder shared/data is not beside this checkout");
        using var reader = new StreamReader(new GZipStream(File.OpenRead(file!), CompressionMode.Decompress), Encoding.UTF8);
        var samples = new List<JsonElement>();
        while (reader.ReadLine() is { } line) samples.Add(JsonElement.Parse(line));
        return samples;
    }

    private static string? Find(string path)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "shared", "data", path) is var file && File.Exists(file)) return file;
        return null;
    }
}
