namespace Pipeline.Domain.Curation.Rules;

/// <summary>The rules by which two skills become one.</summary>
public static class MergeRules
{
    public static IReadOnlyCollection<string> Names { get; } = ["overlap", "similarity", "cosine"];
}
