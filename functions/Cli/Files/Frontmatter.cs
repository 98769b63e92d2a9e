using System.Text.Json;

namespace Pipeline.Functions.Cli.Files;

/// <summary>The block between two lines of three hyphens at the head of a SKILL.md, as far as names are concerned.</summary>
internal static class Frontmatter
{
    /// <summary>The <c>name</c> of a SKILL.md, plain or quoted; null where it has none on one line.</summary>
    public static string? Name(string skillText)
    {
        var lines = skillText.ReplaceLineEndings("\n").Split('\n');
        if (lines[0].TrimEnd() != "---") return null;
        return lines.Skip(1).TakeWhile(line => line.TrimEnd() != "---")
            .FirstOrDefault(line => line.StartsWith("name:", StringComparison.Ordinal)) is { } name ? Unquoted(name["name:".Length..].Trim()) : null;
    }

    private static string? Unquoted(string scalar)
    {
        if (scalar is ['\'', .. var plain, '\'']) return plain.Replace("''", "'", StringComparison.Ordinal);
        if (scalar is not ['"', .., '"']) return scalar;
        try
        {
            // The escapes of JSON are a part of those of YAML's double quotes.
            return JsonSerializer.Deserialize<string>(scalar);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
