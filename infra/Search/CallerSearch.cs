using System.Collections.Immutable;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Infra.Search;

/// <summary>Searches for a caller: where an alias is only for a share of the callers, the index is told which skills that leaves the caller out of.</summary>
public sealed class CallerSearch(ISkillIndex index, SkillQueries skills)
{
    /// <summary>The same search as it is for a caller.</summary>
    /// <param name="caller">What stays the same for who asks; null: it is not told, and is in no share.</param>
    public async Task<SkillSearch> ForAsync(SkillSearch search, string? caller, CancellationToken ct)
    {
        // It is never for a share, and most searches ask for it.
        if (search.Alias == ServingRule.Alias) return search;
        var outside = await skills.OutsideAsync(search.Tenant, search.Alias, caller, ct);
        return outside.Count == 0 ? search : search with { Outside = outside.ToImmutableDictionary(s => s.Skill.SkillId, s => s.By, StringComparer.Ordinal) };
    }

    /// <inheritdoc cref="ISkillIndex.SearchAsync"/>
    /// <param name="search">As <see cref="ForAsync"/> gives it.</param>
    public async Task<AtLeaf<IReadOnlyList<SkillHit>>> SearchAsync(SkillSearch search, CancellationToken ct)
    {
        var found = await index.SearchAsync(search, ct);
        return found with { Value = [.. found.Value.Select(h => h with { ServedBy = search.Outside.GetValueOrDefault(h.SkillId) ?? search.Alias })] };
    }
}
