using System.Collections.Immutable;
using Pipeline.Domain.Skills;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Infra.Search;

/// <summary>Finds the skills that a task may need. What it serves unless told otherwise says <see cref="ServingRule"/>.</summary>
public interface ISkillIndex
{
    /// <summary>Best first; equals in the order of their names.</summary>
    /// <exception cref="SearchUnavailableException">The index cannot be asked now.</exception>
    Task<AtLeaf<IReadOnlyList<SkillHit>>> SearchAsync(SkillSearch search, CancellationToken cancellationToken = default);
}

/// <param name="Text">A few words, or a whole task description.</param>
/// <param name="Environment">Empty: of all.</param>
/// <param name="Within">Only skills whose score is at least this share of the best one's (0 to 1): what is far below it is seldom needed
/// as well, and costs whoever loads it. 0: all that share a word with the text.</param>
public sealed record SkillSearch(string Tenant, string Text, int Top = 10, string Environment = "", double Within = 0)
{
    /// <summary>As many of the best are passed over: for the pages after the first.</summary>
    public int Skip { get; init; }

    /// <summary>The alias whose versions are searched.</summary>
    public string Alias { get; init; } = ServingRule.Alias;

    /// <summary>The skills where the alias is only for a share of the callers that does not reach who asks, by id, with the alias that serves it
    /// instead; null where none does.</summary>
    public IReadOnlyDictionary<string, string?> Outside { get; init; } = ImmutableDictionary<string, string?>.Empty;

    /// <summary>Only versions that are trusted as far as this, or further.</summary>
    public Tier LeastTier { get; init; } = ServingRule.LeastTier;

    /// <summary>The model that asks: it gets the siblings that are for it in place of their main skills, and no other's. Empty: it is not told.</summary>
    public string Model { get; init; } = "";
}

/// <param name="Digest">Of the version's package.</param>
/// <param name="Score">Compares hits of one search; means nothing by itself.</param>
public sealed record SkillHit(string SkillId, string Name, int Version, string Digest, string Description, double Score)
{
    public string Environment { get; init; } = "";

    /// <summary>The alias that served it: another than the one asked for where that is only for a share of the callers.</summary>
    public string ServedBy { get; init; } = ServingRule.Alias;
    public SkillKind Kind { get; init; }
    public Tier Tier { get; init; }

    /// <summary>The id of the skill that it is a sibling of; empty for a skill that is no sibling.</summary>
    public string VariantOf { get; init; } = "";

    /// <summary>The model that a sibling is for; empty where it is for all.</summary>
    public string Model { get; init; } = "";
}

/// <summary>The index cannot be asked now; the message says why and quotes nothing of what was asked.</summary>
public sealed class SearchUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
