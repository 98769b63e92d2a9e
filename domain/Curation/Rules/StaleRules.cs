namespace Pipeline.Domain.Curation.Rules;

/// <summary>The rules by which a skill is found stale.</summary>
public static class StaleRules
{
    public static IReadOnlyCollection<string> Names { get; } = ["silence"];
}
