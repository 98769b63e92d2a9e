namespace Pipeline.Domain.Curation;

/// <summary>The parameters of curation: data that is published into the ledger by digest, not branches in code.</summary>
public sealed record CurationPolicy
{
    public required string Id { get; init; }
    public required int Version { get; init; }

    /// <summary>Which rule serves each operation.</summary>
    public OperationRules Rules { get; init; } = new();

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

    public const double DefaultClusterThreshold = 0.35;

    /// <summary>Share of episodes that a call must be in to be a step.</summary>
    public double StepSupport { get; init; } = 0.6;

    /// <summary>Share of episodes from which a call is told of as needed sometimes.</summary>
    public double OptionalSupport { get; init; } = 0.25;

    /// <summary>How much held-out coverage a revision may lose against its base (0 to 1).</summary>
    public double MaxRegression { get; init; } = 0.02;

    /// <summary>One in this many successful episodes is held out, chosen by digest.</summary>
    public int HoldOutOneIn { get; init; } = 5;

    /// <summary>A skill is looked at again after so many runs that had loaded it, and while it is retired after so many verified runs; 0: never for that.</summary>
    public int AuditEvery { get; init; }

    /// <summary>A run weighs half as much when it is so many days older than the newest; 0: age is no matter.</summary>
    public double HalfLifeDays { get; init; } = 90;

    /// <summary>Runs that must have loaded a version before it is judged by what they came to.</summary>
    public int MinExposure { get; init; } = 20;

    /// <summary>Runs without the skill that they must at least be compared with.</summary>
    public int MinControl { get; init; } = 5;

    /// <summary>Of the bounds within which a difference of success is taken to lie, one-sided (0.5 to 1).</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>Retired below this much success with the skill less success without (-1 to 1).</summary>
    public double RetireBelow { get; init; }

    /// <summary>Reinstated from this much on, when what it was retired for was corrected since.</summary>
    public double ReinstateAbove { get; init; } = 0.05;

    /// <summary>Of a moving average of utility: what of it stays at each audit (0 to 1).</summary>
    public double AverageDecay { get; init; } = 0.9;

    /// <summary>Audits running that a moving average must be below the threshold.</summary>
    public int RetireAudits { get; init; } = 3;

    /// <summary>A family is given a skill only where less than this share of its runs succeeds.</summary>
    public double ExpandBelow { get; init; } = 0.4;

    /// <summary>And so many have failed.</summary>
    public int ExpandFailures { get; init; } = 20;

    /// <summary>New skills that a family may be given so.</summary>
    public int ExpandMost { get; init; } = 2;

    /// <summary>What a revision must gain on held-out episodes (0 to 1).</summary>
    public double MinGain { get; init; } = 0.02;

    /// <summary>What a revision that gains nothing must save of the text's length (0 to 1).</summary>
    public double TieSaving { get; init; } = 0.15;

    /// <summary>What a revision may lose on any one task (0 to 1).</summary>
    public double MaxTaskDrop { get; init; } = 0.2;

    /// <summary>A version that covers this much is left as it is (0 to 1).</summary>
    public double GoodEnough { get; init; } = 0.95;

    /// <summary>How alike two skills' procedures, or texts, must be to be merged (0 to 1).</summary>
    public double MergeAbove { get; init; } = 0.85;

    /// <summary>How alike what they are used for must be (0 to 1).</summary>
    public double MergeTriggersAbove { get; init; } = 0.6;

    /// <summary>By the rule of overlap: skills that a search takes for one another this readily are looked at as well, however unlike their procedures
    /// are (<see cref="Sweeping.ConfusablePair.Mutual"/>); 0: never for that.</summary>
    public double MergeConfusedAbove { get; init; }

    /// <summary>Share of each parent's content that the merged text must still have (0 to 1).</summary>
    public double MinRetention { get; init; } = 0.8;

    /// <summary>A skill is stale only after so many episodes of its environment without one of its family.</summary>
    public int StaleAfter { get; init; } = 50;

    /// <summary>And when so long a silence would come by chance no more often than this (0 to 1).</summary>
    public double StaleChance { get; init; } = 0.001;

    /// <summary>How often a version that is no worse than the one before may be rolled back by mistake, however often it is looked at (0 to 1).</summary>
    public double RollbackError { get; init; } = 0.05;

    /// <summary>New versions of a family's skill on one day that evidence of one source may bring about; 0: no limit.</summary>
    public int MaxProposalsPerDay { get; init; }

    /// <summary>Whether a skill of its own is proposed, or made, for a model that a skill harms while it helps another.</summary>
    public Variants Variants { get; init; }

    /// <summary>What is out of range, in a sentence each that begins with the parameter; empty when the policy can be used.</summary>
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
        if (AuditEvery < 0) yield return "auditEvery must be 0 (never) or more";
        if (HalfLifeDays is not (>= 0 and <= 36_500)) yield return "halfLifeDays must be between 0 (age is no matter) and 36500";
        if (MinExposure < 1) yield return "minExposure must be 1 or more";
        if (MinControl < 1) yield return "minControl must be 1 or more";
        if (Confidence is not (>= 0.5 and < 1)) yield return "confidence must be 0.5 or more and below 1";
        if (RetireBelow is not (>= -1 and <= 1)) yield return "retireBelow must be between -1 and 1";
        if (!(ReinstateAbove >= RetireBelow && ReinstateAbove <= 1)) yield return "reinstateAbove must be between retireBelow and 1";
        if (AverageDecay is not (>= 0 and < 1)) yield return "averageDecay must be 0 or more and below 1";
        if (RetireAudits < 1) yield return "retireAudits must be 1 or more";
        if (ExpandBelow is not (> 0 and <= 1)) yield return "expandBelow must be above 0 and at most 1";
        if (ExpandFailures < 0) yield return "expandFailures must be 0 or more";
        if (ExpandMost < 1) yield return "expandMost must be 1 or more";
        if (MinGain is not (>= 0 and <= 1)) yield return "minGain must be between 0 and 1";
        if (TieSaving is not (>= 0 and <= 1)) yield return "tieSaving must be between 0 and 1";
        if (MaxTaskDrop is not (>= 0 and <= 1)) yield return "maxTaskDrop must be between 0 and 1";
        if (GoodEnough is not (> 0 and <= 1)) yield return "goodEnough must be above 0 and at most 1";
        if (MergeAbove is not (> 0 and <= 1)) yield return "mergeAbove must be above 0 and at most 1";
        if (MergeTriggersAbove is not (>= 0 and <= 1)) yield return "mergeTriggersAbove must be between 0 and 1";
        if (MergeConfusedAbove is not (>= 0 and <= 10)) yield return "mergeConfusedAbove must be between 0 (never) and 10";
        if (MinRetention is not (>= 0 and <= 1)) yield return "minRetention must be between 0 and 1";
        if (StaleAfter < 1) yield return "staleAfter must be 1 or more";
        if (StaleChance is not (> 0 and < 1)) yield return "staleChance must be above 0 and below 1";
        if (RollbackError is not (> 0 and < 1)) yield return "rollbackError must be above 0 and below 1";
        if (MaxProposalsPerDay < 0) yield return "maxProposalsPerDay must be 0 (no limit) or more";
        if (AuditEvery == 0 && Rules.NeedsAudits) yield return "auditEvery must be 1 or more where a rule retires, reinstates or rolls back";
        foreach (var problem in Rules.Problems()) yield return problem;
    }
}

/// <summary>What is done about a skill that helps one model and harms another: nothing but saying so, proposing a sibling for the latter, or
/// making one. Off is what None was called first.</summary>
public enum Variants { None, Propose, Create, Off }
