namespace Pipeline.Domain.Validation.Spec;

/// <summary>What the frontmatter of a SKILL.md says as strict YAML, or why it cannot be read as that.</summary>
/// <param name="Fields">By their keys; empty where there is a problem.</param>
/// <param name="Body">What follows the frontmatter, without white space around it.</param>
/// <param name="Problem">In the words of the reference validator; empty where there is none.</param>
/// <param name="Line">Of SKILL.md, from 1; null where the problem is not about a line.</param>
public sealed record FrontmatterReading(IReadOnlyDictionary<string, FrontmatterValue> Fields, string Body, string Problem = "", int? Line = null)
{
    public static FrontmatterReading Unreadable(string problem, int? line = null) => new(new Dictionary<string, FrontmatterValue>(), "", problem, line);

    /// <summary>The text of a field; null where it is missing or no text.</summary>
    public string? Text(string field) => Fields.GetValueOrDefault(field) is FrontmatterValue.Scalar scalar ? scalar.Text : null;
}

/// <summary>A value of a frontmatter: every scalar is text, as the file writes it.</summary>
public abstract record FrontmatterValue
{
    public sealed record Scalar(string Text) : FrontmatterValue;

    public sealed record Sequence(IReadOnlyList<FrontmatterValue> Items) : FrontmatterValue;

    public sealed record Mapping(IReadOnlyDictionary<string, FrontmatterValue> Fields) : FrontmatterValue;
}
