using System.Text;
using Pipeline.Domain.Validation.Spec;

namespace Pipeline.Infra.Packages;

/// <summary>Reads the frontmatter of a SKILL.md as the reference library of Agent Skills does: by its fences, then as strict YAML.</summary>
/// <remarks>Strict YAML (StrictYAML's documentation): blocks only, no anchors, aliases, tags or keys given twice, and every scalar is text.</remarks>
public static class SpecFrontmatter
{
    private const string Fence = "---";
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <param name="skillFile">The bytes of a SKILL.md.</param>
    public static FrontmatterReading Read(ReadOnlySpan<byte> skillFile)
    {
        try
        {
            return Read(Strict.GetString(skillFile));
        }
        catch (DecoderFallbackException e)
        {
            return FrontmatterReading.Unreadable($"SKILL.md is not UTF-8: byte {e.Index + 1} belongs to no character; save it as UTF-8");
        }
    }

    public static FrontmatterReading Read(string markdown)
    {
        var text = markdown.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        if (!text.StartsWith(Fence, StringComparison.Ordinal)) return FrontmatterReading.Unreadable("SKILL.md must start with YAML frontmatter (---)", 1);
        // Three hyphens close it wherever they stand, in the midst of a line too.
        var end = text.IndexOf(Fence, Fence.Length, StringComparison.Ordinal);
        if (end < 0) return FrontmatterReading.Unreadable("SKILL.md frontmatter not properly closed with ---");
        var yaml = FrontmatterYaml.Read(text[Fence.Length..end]);
        if (yaml.Fault is { } fault) return FrontmatterReading.Unreadable($"Invalid YAML in frontmatter: {fault.Message}", fault.Line);
        return yaml.Mapping is { } mapping
            ? new(mapping.Fields, text[(end + Fence.Length)..].Trim())
            : FrontmatterReading.Unreadable("SKILL.md frontmatter must be a YAML mapping");
    }
}
