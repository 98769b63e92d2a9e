using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Infra.Search;

/// <summary>A version of a skill as every index has it: what it is found by, and what a search can be narrowed to.</summary>
public sealed record IndexedVersion
{
    public required string Tenant { get; init; }
    public required string SkillId { get; init; }
    public required string Name { get; init; }
    public required int Version { get; init; }

    /// <summary>Of the package.</summary>
    public required string Digest { get; init; }
    public required string Description { get; init; }

    /// <summary>SKILL.md; empty where its content is gone (erased) or altered, so that name and description are left to be found by.</summary>
    public required string Text { get; init; }
    public required string Environment { get; init; }
    public required SkillKind Kind { get; init; }
    public required Tier Tier { get; init; }

    /// <summary>What points to it, in ordinal order; never empty.</summary>
    public required IReadOnlyList<string> Aliases { get; init; }

    /// <summary>The id of the skill that it is a sibling of; empty for a skill that is no sibling.</summary>
    public required string VariantOf { get; init; }

    /// <summary>The model that a sibling is for; empty where it is for all.</summary>
    public required string Model { get; init; }

    /// <summary>Of the skill's last event.</summary>
    public required long Leaf { get; init; }

    /// <summary>What an embedding is made of: its model takes only so much, and what a skill is for stands first.</summary>
    /// <param name="atMost">In characters.</param>
    public string EmbeddedText(int atMost)
    {
        var text = $"{Name}\n{Description}\n{SkillDocument.BodyOf(Text)}";
        if (text.Length <= atMost) return text;
        return text[..(char.IsHighSurrogate(text[atMost - 1]) ? atMost - 1 : atMost)];
    }

    internal static string DigestOf(string embeddedText) => Domain.Ledger.Digest.Of(embeddedText);
}

/// <summary>A skill that changed, with all of its versions that are to be found; none where it is to be taken out.</summary>
/// <param name="Leaf">Of its last event.</param>
public sealed record IndexedSkill(string Tenant, string SkillId, long Leaf, IReadOnlyList<IndexedVersion> Versions);
