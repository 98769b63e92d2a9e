using Pipeline.Infra.ReadModels;

namespace Pipeline.Infra.Search;

/// <summary>Finds the skills that a task may need. What it serves is each active skill's latest version.</summary>
public interface ISkillIndex
{
    /// <summary>Best first; equals in the order of their names.</summary>
    Task<AtLeaf<IReadOnlyList<SkillHit>>> SearchAsync(SkillSearch search, CancellationToken cancellationToken = default);
}

/// <param name="Text">A few words, or a whole task description.</param>
/// <param name="Environment">Empty: of all.</param>
public sealed record SkillSearch(string Tenant, string Text, int Top = 10, string Environment = "");

/// <param name="Digest">Of the version's package.</param>
/// <param name="Score">Compares hits of one search; means nothing by itself.</param>
public sealed record SkillHit(string SkillId, string Name, int Version, string Digest, string Description, double Score);
