using Pipeline.Domain.Curation;

namespace Pipeline.Domain.Tests.Curation.Rules;

/// <summary>The shipped policies' rules and thresholds. That the files say the same is tested with the files.</summary>
internal static class Shipped
{
    public static readonly CurationPolicy Default = new()
    {
        Id = "default",
        Version = 3,
        Rules = new() { Merge = "overlap", Retire = "marginal-utility", Reinstate = "renewal", Rollback = "sequential-lineage", Stale = "silence" },
        AuditEvery = 10,
        MaxProposalsPerDay = 5,
        Variants = Variants.Propose,
    };

    public static readonly CurationPolicy Slim = new()
    {
        Id = "slim",
        Version = 1,
        Rules = new() { Create = "expansion", Improve = "none", Retire = "moving-average" },
        AuditEvery = 10,
        AverageDecay = 0.9,
        RetireBelow = 0.001,
        RetireAudits = 3,
        MinExposure = 30,
        ExpandBelow = 0.4,
        ExpandFailures = 20,
        ExpandMost = 2,
    };

    public static readonly CurationPolicy Skvm = new() { Id = "skvm", Version = 1, Rules = new() { Improve = "measured-gain" } };

    public static readonly CurationPolicy Evolver = new()
    {
        Id = "evolver",
        Version = 1,
        Rules = new() { Merge = "similarity", Retire = "smoothed-success" },
        AuditEvery = 1,
        RetireBelow = 0.3,
        ReinstateAbove = 0.3,
    };
}
