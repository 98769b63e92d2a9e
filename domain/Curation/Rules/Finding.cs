namespace Pipeline.Domain.Curation.Rules;

/// <summary>What a rule found: whether its operation is due, with what it looked at and what it held that against.</summary>
/// <param name="Code">Stable, for programs, e.g. <c>no-utility</c>.</param>
/// <param name="Reason">A sentence for people.</param>
public sealed record Finding(bool Applies, string Code, string Reason)
{
    public IReadOnlyDictionary<string, double> Scores { get; init; } = Numbers();
    public IReadOnlyDictionary<string, double> Thresholds { get; init; } = Numbers();

    public static Finding Due(string code, string reason) => new(true, code, reason);

    public static Finding NotDue(string code, string reason) => new(false, code, reason);

    /// <summary>Numbers as decisions record them: by name in ordinal order, cut to four places.</summary>
    public static IReadOnlyDictionary<string, double> Numbers(params IEnumerable<(string Name, double Value)> numbers) =>
        new SortedDictionary<string, double>(numbers.ToDictionary(n => n.Name, n => Math.Round(n.Value, 4), StringComparer.Ordinal), StringComparer.Ordinal);
}
