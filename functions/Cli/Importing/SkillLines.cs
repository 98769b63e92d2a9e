using System.Text;
using System.Text.Json;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Cli.Files;

namespace Pipeline.Functions.Cli.Importing;

/// <summary>Skills as JSON lines: <c>{"id","name","text"}</c>, the text being SKILL.md. The id stays the skill's; other members are not looked at.</summary>
internal static class SkillLines
{
    private sealed record Line(string? Id, string? Name, string? Text);

    public static IReadOnlyList<FoundSkill> Read(byte[] lines) =>
        [.. Encoding.UTF8.GetString(lines).Split('\n')
            .Select((text, i) => (Text: text.Trim().TrimStart('\uFEFF'), Place: $"line {i + 1}"))
            .Where(line => line.Text.Length > 0)
            .Select(line => Read(line.Text, line.Place))];

    private static FoundSkill Read(string text, string place)
    {
        try
        {
            var line = JsonSerializer.Deserialize<Line>(text, LedgerJson.Options);
            return string.IsNullOrWhiteSpace(line?.Text)
                ? FoundSkill.Refused(place, "the line has no \"text\" with a SKILL.md")
                : FoundSkill.Of(place, line.Id, line.Name, [new ArchivedFile(Package.SkillFile, PackageFile.Regular, Encoding.UTF8.GetBytes(line.Text))]);
        }
        catch (JsonException)
        {
            return FoundSkill.Refused(place, "the line is no JSON object with texts in \"id\", \"name\" and \"text\"");
        }
    }
}
