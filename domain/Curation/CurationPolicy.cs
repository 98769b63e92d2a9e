namespace Pipeline.Domain.Curation;

/// <summary>The parameters of curation: data that is published into the ledger by digest, not branches in code.</summary>
public sealed record CurationPolicy
{
    public required string Id { get; init; }
    public required int Version { get; init; }

    /// <summary>Verified successes, near-duplicates counted once, that a first version needs.</summary>
    public int MinSuccesses { get; init; } = 3;

    /// <summary>Distinct tasks among them.</summary>
    public int MinTasks { get; init; } = 3;

    /// <summary>A family is looked at again when its evidence has grown by this factor: 1.5 gives 3, 4, 6, 9, 13, 19 ...</summary>
    public double Growth { get; init; } = 1.5;

    /// <summary>The newest episodes that a composer is given.</summary>
    public int MaxEpisodes { get; init; } = 80;

    /// <summary>Of one task, at most so many successes and so many failures count: the newest.</summary>
    public int MaxPerTask { get; init; } = 4;

    /// <summary>What one source may bring in any case; beyond it, it cannot outweigh all the others together.</summary>
    public int FreeShareOfSource { get; init; } = 30;

    /// <summary>Where tools are generic (a shell, an editor): how similar a run must be to the one that opened a family to join it, 0 to 1.</summary>
    public double ClusterThreshold { get; init; } = DefaultClusterThreshold;

    public const double DefaultClusterThreshold = 0.3;

    /// <summary>Share of episodes that a call must be in to be a step.</summary>
    public double StepSupport { get; init; } = 0.6;

    /// <summary>Share of episodes from which a call is told of as needed sometimes.</summary>
    public double OptionalSupport { get; init; } = 0.25;

    /// <summary>How much held-out coverage a revision may lose against its base (0 to 1).</summary>
    public double MaxRegression { get; init; } = 0.02;

    /// <summary>One in this many successful episodes is held out, chosen by digest.</summary>
    public int HoldOutOneIn { get; init; } = 5;

    /// <summary>What is out of range, in a sentence each; empty when the policy can be used.</summary>
    public IEnumerable<string> Problems()
    {
        // Written so that what is not a number is out of range too.
        if (Id.Length == 0) yield return "id must not be empty";
        if (Version < 1) yield return "version must be 1 or more";
        if (MinSuccesses < 1) yield return "minSuccesses must be 1 or more";
        if (MinTasks < 1 || MinTasks > MinSuccesses) yield return "minTasks must be between 1 and minSuccesses";
        if (Growth is not (> 1 and <= 10)) yield return "growth must be above 1 and at most 10";
        if (MaxEpisodes < MinSuccesses) yield return "maxEpisodes must be minSuccesses or more";
        if (MaxPerTask < 1) yield return "maxPerTask must be 1 or more";
        if (FreeShareOfSource < MinSuccesses) yield return "freeShareOfSource must be minSuccesses or more";
        if (StepSupport is not (> 0 and <= 1)) yield return "stepSupport must be above 0 and at most 1";
        if (!(OptionalSupport > 0 && OptionalSupport <= StepSupport)) yield return "optionalSupport must be above 0 and at most stepSupport";
        if (MaxRegression is not (>= 0 and <= 1)) yield return "maxRegression must be between 0 and 1";
        if (ClusterThreshold is not (> 0 and <= 1)) yield return "clusterThreshold must be above 0 and at most 1";
        if (HoldOutOneIn < 2) yield return "holdOutOneIn must be 2 or more";
    }
}

/// <summary>When a family is looked at: a function of how much evidence it has, never of how messages happened to arrive.</summary>
public static class DecisionPoints
{
    /// <param name="evidenceEvents">How many evidence events the family's stream has.</param>
    public static bool Includes(int evidenceEvents, CurationPolicy policy)
    {
        var point = policy.MinSuccesses;
        while (point < evidenceEvents) point = Math.Max(point + 1, (int)Math.Floor(point * policy.Growth));
        return point == evidenceEvents;
    }
}
