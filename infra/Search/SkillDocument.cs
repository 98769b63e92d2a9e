using Pipeline.Domain.Skills;

namespace Pipeline.Infra.Search;

/// <summary>What the index knows of a skill: the version that is served, and how often each term stands in each of its fields.</summary>
public sealed record SkillDocument
{
    internal const int Fields = 3;

    public SkillDocument(string skillId, string name, int version, string digest, string description, string environment, string skillText,
        SkillKind kind = SkillKind.Functional)
    {
        (SkillId, Name, Version, Digest, Description, Environment) = (skillId, name, version, digest, description, environment);
        Kind = kind;
        Count(0, name);
        Count(1, description);
        Count(2, BodyOf(skillText));
    }

    internal SkillDocument(IndexedVersion version) : this(
        version.SkillId, version.Name, version.Version, version.Digest, version.Description, version.Environment, version.Text, version.Kind) =>
        (VariantOf, Model, Tier, Aliases) = (version.VariantOf, version.Model, version.Tier, version.Aliases);

    public string SkillId { get; }
    public string Name { get; }
    public int Version { get; }
    public string Digest { get; }
    public string Description { get; }
    public string Environment { get; }
    public SkillKind Kind { get; }

    /// <summary>The id of the skill that it is a sibling of; empty for a skill that is no sibling.</summary>
    public string VariantOf { get; init; } = "";

    /// <summary>The model that a sibling is for; empty where it is for all.</summary>
    public string Model { get; init; } = "";
    public Tier Tier { get; init; }

    /// <summary>What points to the version.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Of length 1, by the embedding model that is configured; null where there is none or it has not answered yet.</summary>
    internal ReadOnlyMemory<float>? Vector { get; init; }

    /// <summary>Of the text that the vector is made of; empty where no embedding is configured.</summary>
    internal string TextDigest { get; init; } = "";

    /// <summary>By term, the count in name, description and body.</summary>
    internal Dictionary<string, int[]> Counts { get; } = new(StringComparer.Ordinal);

    /// <summary>In terms.</summary>
    internal int[] Lengths { get; } = new int[Fields];

    /// <summary>The text behind the frontmatter, which repeats name and description.</summary>
    public static string BodyOf(string skillText)
    {
        if (!skillText.StartsWith("---", StringComparison.Ordinal)) return skillText;
        var end = skillText.IndexOf("\n---", 3, StringComparison.Ordinal);
        if (end < 0) return skillText;
        var line = skillText.IndexOf('\n', end + 1);
        return line < 0 ? "" : skillText[(line + 1)..];
    }

    private void Count(int field, string text)
    {
        foreach (var term in SearchTerms.Of(text))
        {
            if (!Counts.TryGetValue(term, out var counts)) Counts[term] = counts = new int[Fields];
            counts[field]++;
            Lengths[field]++;
        }
    }
}
