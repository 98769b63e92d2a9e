using System.Text;
using System.Text.Json;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Tests.Trajectories;
using Pipeline.Domain.Validation.Spec;
using Pipeline.Infra.Packages;

namespace Pipeline.Infra.Tests.Packages;

/// <summary>The cases of the reference validator, and public skills with its errors.</summary>
public sealed class ReferenceValidatorTests : IDisposable
{
    private const string Elsewhere = "<TMP>";
    private readonly string root = Directory.CreateTempSubdirectory("skills-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Every_case_comes_out_as_the_reference_has_it()
    {
        using var cases = JsonDocument.Parse(SharedData.Read("agentskills-spec/skills_ref_cases.json"));

        foreach (var reference in cases.RootElement.EnumerateArray())
        {
            var said = Ours(reference).Replace(root, Elsewhere, StringComparison.Ordinal);
            said.ShouldBe(Theirs(reference), reference.GetProperty("test").GetString());
        }

        cases.RootElement.GetArrayLength().ShouldBe(40);
    }

    [Fact]
    public void Every_public_skill_gets_the_errors_that_the_reference_gave_it()
    {
        var differing = Encoding.UTF8.GetString(SharedData.Read("skills/skills.jsonl.gz")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
        {
            using var json = JsonDocument.Parse(line);
            var folder = json.RootElement.GetProperty("dir").GetString()!;
            var ours = SkillSpecification.Errors(SpecFrontmatter.Read(json.RootElement.GetProperty("text").GetString()!), folder).Select(e => e.Message);
            return (Folder: folder, Same: ours.SequenceEqual(Texts(json.RootElement.GetProperty("errors"))));
        }).Where(skill => !skill.Same).Select(skill => skill.Folder);

        differing.ShouldBeEmpty();
    }

    private string Ours(JsonElement reference)
    {
        var home = Path.Combine(root, reference.GetProperty("test").GetString()!.Split(':')[^1]);
        switch (reference.GetProperty("kind").GetString())
        {
            case "validate":
                var folder = Write(Directory.CreateDirectory(home).FullName, reference);
                return Lines(SkillSpecification.Errors(SkillDirectory.Read(folder), Path.GetFileName(folder)).Select(e => Unhomed(e.Message, home)));
            case "find_skill_md":
                return Unhomed(SkillDirectory.Find(Write(home, reference)) ?? "none", home);
            case "parse_frontmatter":
                var read = SpecFrontmatter.Read(reference.GetProperty("input").GetString()!);
                return read.Problem.Length > 0 ? read.Problem : Lines([.. read.Fields.Select(f => $"{f.Key}={read.Text(f.Key)}"), read.Body]);
            case "read_properties":
                var (properties, problem) = SkillDirectory.Properties(Write(home, reference));
                return properties is null ? Unhomed(problem, Path.Combine(home, reference.GetProperty("dir").GetString()!)) : Shown(properties);
            default:
                return Unhomed(AvailableSkills.Prompt(reference.GetProperty("inputs").EnumerateArray().Select(input => Available(Write(home, input)))), home);
        }
    }

    private static string Theirs(JsonElement reference) => reference switch
    {
        _ when reference.TryGetProperty("errors", out var errors) => Lines(Texts(errors)),
        _ when reference.TryGetProperty("message", out var message) => message.GetString()!,
        _ when reference.GetProperty("result") is { ValueKind: JsonValueKind.Null } => "none",
        _ when reference.GetProperty("result") is { ValueKind: JsonValueKind.Array } parsed =>
            Lines([.. parsed[0].EnumerateObject().Select(f => $"{f.Name}={f.Value.GetString()}"), parsed[1].GetString()!]),
        _ when reference.GetProperty("result") is { ValueKind: JsonValueKind.Object } told => Lines(told.EnumerateObject().Select(f =>
            f.Value.ValueKind == JsonValueKind.Object ? Metadata(f.Value.EnumerateObject().Select(m => (m.Name, m.Value.GetString()!))) : $"{f.Name}={f.Value.GetString()}")),
        _ => reference.GetProperty("result").GetString()!,
    };

    private static string Shown(SkillProperties told) => Lines(((string, string?)[])
        [("name", told.Name), ("description", told.Description), ("license", told.License), ("compatibility", told.Compatibility), ("allowed-tools", told.AllowedTools)]
        is var fields && told.Metadata is { } metadata
            ? [.. fields.Where(f => f.Item2 is not null).Select(f => $"{f.Item1}={f.Item2}"), Metadata(metadata.Select(m => (m.Key, m.Value)))]
            : fields.Where(f => f.Item2 is not null).Select(f => $"{f.Item1}={f.Item2}"));

    private static AvailableSkill Available(string folder) => SkillDirectory.Properties(folder).Properties is { } told
        ? new(told.Name, told.Description, SkillDirectory.Find(folder)!)
        : throw new InvalidOperationException($"{folder} has no properties");

    private static string Write(string home, JsonElement reference)
    {
        var folder = Path.Combine(home, reference.GetProperty("dir").GetString()!);
        if (reference.TryGetProperty("exists", out var exists) && !exists.GetBoolean()) return folder;
        if (reference.TryGetProperty("is_dir", out var isFolder) && !isFolder.GetBoolean())
        {
            File.WriteAllText(folder, "");
            return folder;
        }
        Directory.CreateDirectory(folder);
        foreach (var file in reference.GetProperty("files").EnumerateObject()) File.WriteAllText(Path.Combine(folder, file.Name), file.Value.GetString());
        return folder;
    }

    private static string Unhomed(string text, string home) => text.Replace(home, Elsewhere, StringComparison.Ordinal);

    private static string Metadata(IEnumerable<(string Key, string Value)> entries) => $"metadata={string.Join(';', entries.Select(e => $"{e.Key}:{e.Value}"))}";

    private static IEnumerable<string> Texts(JsonElement array) => array.EnumerateArray().Select(e => e.GetString()!);

    private static string Lines(IEnumerable<string> lines) => string.Join('\n', lines);
}
