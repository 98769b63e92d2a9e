using Pipeline.Domain.Curation.Rules;

namespace Pipeline.Domain.Curation;

/// <summary>Which rule serves each operation, by name. What a policy does not say is as it was when there were no other operations than
/// create and improve: a policy that was published once must go on meaning the same.</summary>
public sealed record OperationRules
{
    /// <summary>The operation is not done.</summary>
    public const string None = "none";

    public string Create { get; init; } = CreateRules.Procedure;
    public string Improve { get; init; } = ImproveRules.HeldOut;
    public string Merge { get; init; } = None;
    public string Retire { get; init; } = None;
    public string Reinstate { get; init; } = None;
    public string Rollback { get; init; } = None;

    /// <summary>What makes skills stale from without: their tools left the environment.</summary>
    public string Stale { get; init; } = None;

    internal bool NeedsAudits => new[] { Retire, Reinstate, Rollback }.Any(rule => rule != None);

    /// <summary>The names that there are for an operation, <see cref="None"/> apart.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyCollection<string>> Names { get; } = new SortedDictionary<string, IReadOnlyCollection<string>>(StringComparer.Ordinal)
    {
        ["create"] = CreateRules.Names,
        ["improve"] = ImproveRules.Names,
        ["merge"] = MergeRules.Names,
        ["reinstate"] = ReinstateRules.Names,
        ["retire"] = RetireRules.Names,
        ["rollback"] = RollbackRules.Names,
        ["stale"] = StaleRules.Names,
    };

    /// <summary>The rule that serves an operation.</summary>
    public string Of(string operation) => operation switch
    {
        "create" => Create,
        "improve" => Improve,
        "merge" => Merge,
        "reinstate" => Reinstate,
        "retire" => Retire,
        "rollback" => Rollback,
        "stale" => Stale,
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "no such operation"),
    };

    internal IEnumerable<string> Problems() => Names
        .Where(known => Of(known.Key) != None && !known.Value.Contains(Of(known.Key)))
        .Select(known => $"rules.{known.Key} must be {string.Join(", ", known.Value.Order(StringComparer.Ordinal))} or {None}, not '{Of(known.Key)}'");
}
