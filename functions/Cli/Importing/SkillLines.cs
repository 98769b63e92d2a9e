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

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Each line is read when it is its turn.</summary>
    public static FoundSkills Find(byte[] lines)
    {
        var filled = Filled(lines);
        return new(filled.Count, filled.Select(line => Read(lines.AsSpan(line.Range), $"line {line.Number}")).ToAsyncEnumerable());
    }

    private static List<(Range Range, int Number)> Filled(ReadOnlySpan<byte> lines)
    {
        List<(Range, int)> filled = [];
        var number = 0;
        foreach (var range in lines.Split((byte)'\n'))
        {
            number++;
            if (!Trimmed(lines[range]).IsEmpty) filled.Add((range, number));
        }
        return filled;
    }

    private static ReadOnlySpan<byte> Trimmed(ReadOnlySpan<byte> line)
    {
        line = line.Trim(" \t\r"u8);
        return line.StartsWith("\uFEFF"u8) ? line["\uFEFF"u8.Length..].Trim(" \t\r"u8) : line;
    }

    private static FoundSkill Read(ReadOnlySpan<byte> bytes, string place)
    {
        try
        {
            var line = JsonSerializer.Deserialize<Line>(s_strict.GetString(Trimmed(bytes)), LedgerJson.Options);
            return string.IsNullOrWhiteSpace(line?.Text)
                ? FoundSkill.Refused(place, "the line has no \"text\" with a SKILL.md")
                : FoundSkill.Of(place, line.Id, line.Name, null, [new ArchivedFile(Package.SkillFile, PackageFile.Regular, Encoding.UTF8.GetBytes(line.Text))]);
        }
        catch (DecoderFallbackException)
        {
            return FoundSkill.Refused(place, "the line is no valid UTF-8");
        }
        catch (JsonException)
        {
            return FoundSkill.Refused(place, "the line is no JSON object with texts in \"id\", \"name\" and \"text\"");
        }
    }
}
