using System.Text;

namespace Pipeline.Domain.Skills;

/// <summary>A skill as an agent is told of it before it loads it.</summary>
/// <param name="Location">Where its SKILL.md is.</param>
public sealed record AvailableSkill(string Name, string Description, string Location);

/// <summary>The block of a system prompt that tells an agent which skills there are, as the reference library of Agent Skills writes it.</summary>
public static class AvailableSkills
{
    public static string Prompt(IEnumerable<AvailableSkill> skills)
    {
        var text = new StringBuilder("<available_skills>\n");
        foreach (var skill in skills)
        {
            text.Append("<skill>\n<name>\n").Append(Escaped(skill.Name)).Append("\n</name>\n<description>\n").Append(Escaped(skill.Description));
            text.Append("\n</description>\n<location>\n").Append(Escaped(skill.Location)).Append("\n</location>\n</skill>\n");
        }
        return text.Append("</available_skills>").ToString();
    }

    private static string Escaped(string text) => text
        .Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal)
        .Replace("\"", "&quot;", StringComparison.Ordinal).Replace("'", "&#x27;", StringComparison.Ordinal);
}
