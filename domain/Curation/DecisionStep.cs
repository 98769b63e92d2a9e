namespace Pipeline.Domain.Curation;

/// <summary>One thing that is decided at a decision point: about the family's own skill first, then about each sibling.</summary>
/// <param name="Point">How many evidence events of the family there are up to it.</param>
/// <param name="Model">The model whose sibling it is about; null: the family's own skill.</param>
public readonly record struct DecisionStep(int Point, string? Model) : IComparable<DecisionStep>
{
    public static DecisionStep Of(Families.FamilyEvent.CurationDecided decision) => new(decision.ThroughEvidence, decision.SiblingFor);

    /// <summary>All that is decided at a point comes before it, and nothing of the next.</summary>
    public static DecisionStep After(int point) => new(point, "\uffff");

    // No model comes before any, as in ordinal order.
    public int CompareTo(DecisionStep other) => Point != other.Point ? Point.CompareTo(other.Point) : string.CompareOrdinal(Model, other.Model);

    public static bool operator <(DecisionStep left, DecisionStep right) => left.CompareTo(right) < 0;

    public static bool operator >(DecisionStep left, DecisionStep right) => left.CompareTo(right) > 0;

    public static bool operator <=(DecisionStep left, DecisionStep right) => left.CompareTo(right) <= 0;

    public static bool operator >=(DecisionStep left, DecisionStep right) => left.CompareTo(right) >= 0;
}

/// <summary>What is to be decided next, and where.</summary>
/// <param name="Model">The model whose sibling it is about; null: the family's own skill.</param>
public sealed record DueDecision(DecisionPoint Point, string? Model)
{
    public DecisionStep Step => new(Point.Number, Model);
}
