using System.Globalization;

namespace Pipeline.Functions.Cli;

/// <summary>A skill by id or name, and perhaps one of its versions: <c>SKILL</c> or <c>SKILL@VERSION</c>.</summary>
internal sealed record SkillReference(string Skill, int? Version)
{
    /// <summary>What follows the last <c>@</c> is a version if it is a number, and a part of the name if not.</summary>
    public static SkillReference Parse(string text)
    {
        var at = text.LastIndexOf('@');
        return at > 0 && int.TryParse(text.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? new(text[..at], version)
            : new(text, null);
    }
}
