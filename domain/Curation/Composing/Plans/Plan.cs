namespace Pipeline.Domain.Curation.Composing.Plans;

/// <summary>How the effects of a whole task go together in successful runs, before it is put into words.</summary>
public sealed record Plan
{
    public required string Environment { get; init; }

    /// <summary>What is looked up before the first effect.</summary>
    public required IReadOnlyList<ProcedureStep> Start { get; init; }

    /// <summary>Successful runs asked the user before the first effect.</summary>
    public required bool AsksFirst { get; init; }

    /// <summary>In the order in which they are usually done, and never against <see cref="Orders"/> unless these contradict each other.</summary>
    public required IReadOnlyList<string> Effects { get; init; }

    /// <summary>Most common first.</summary>
    public required IReadOnlyList<Together> Together { get; init; }
    public required IReadOnlyList<Choice> Choices { get; init; }
    public required IReadOnlyList<OrderRule> Orders { get; init; }
    public required IReadOnlyList<Supply> Supplies { get; init; }
    public required IReadOnlyList<Pitfall> Pitfalls { get; init; }
}

/// <summary>Two effects that one task needs.</summary>
/// <param name="Tasks">How many tasks did.</param>
public sealed record Together(string First, string Second, int Tasks);

/// <summary>A field of what was looked up that tells which effects can be done.</summary>
public sealed record Choice(string Tool, string Path, IReadOnlyList<(string Value, IReadOnlyList<string> Effects)> Values);

/// <summary>One effect is done before another.</summary>
/// <param name="Argument">The argument by which both name the same thing; empty where they are about different things.</param>
/// <param name="Kept">Tasks that kept to it, of <paramref name="Of"/> that did both.</param>
public sealed record OrderRule(string First, string Then, string Argument, int Kept, int Of);

/// <summary>An effect's argument comes from what another effect returned.</summary>
public sealed record Supply(string From, string Path, string To, string Argument);
