using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories.Episodes;
using Pipeline.Infra.Packages;

namespace Pipeline.Functions.LedgerApi;

/// <summary>What an imported skill is known by: who sends many tells by it which of them would be one.</summary>
/// <param name="Name">A skill's name; another living skill may have it already.</param>
internal sealed record ImportedIdentity(string Id, string Name)
{
    private const string Nameless = "skill";

    /// <param name="id">Stays the skill's id; null: made from the name.</param>
    /// <param name="name">Null: as SKILL.md states it.</param>
    /// <param name="folder">What it is called where nothing else says so.</param>
    public static ImportedIdentity Of(string? id, string? name, string? folder, SkillFrontmatter stated)
    {
        var called = new[] { name, stated.Name, id, folder }.FirstOrDefault(n => !string.IsNullOrEmpty(n)) ?? Nameless;
        var own = SkillDecider.IsName(called) ? called : Names.Slug(called);
        return new(id ?? own, own);
    }
}
