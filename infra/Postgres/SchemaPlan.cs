namespace Pipeline.Infra.Postgres;

/// <summary>What a migration would do, compared with what is there.</summary>
/// <param name="Applied">In the order of their names; also those of a newer program.</param>
/// <param name="Pending">The steps that this program needs and that are not there, in the order in which they would be applied.</param>
public sealed record SchemaPlan(IReadOnlyList<AppliedStep> Applied, IReadOnlyList<string> Pending)
{
    /// <summary>The highest major version that is there; 0 in an empty database.</summary>
    public int Found => Applied.Select(s => s.Major).DefaultIfEmpty(0).Max();

    public bool IsTooNew => Found > SchemaMigration.Major;

    public bool IsCurrent => Pending.Count == 0 && !IsTooNew;
}

/// <param name="Major">Of the program that applied it.</param>
public sealed record AppliedStep(string Name, int Major, DateTimeOffset At);
