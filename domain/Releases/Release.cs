using System.Collections.Immutable;
using Pipeline.Domain.Ledger;
using static Pipeline.Domain.Releases.ReleaseEvent;

namespace Pipeline.Domain.Releases;

/// <summary>What stands on a stage: the manifest that pins aliases to versions, as last applied. Stored format, versioned with care.</summary>
public abstract record ReleaseEvent : ILedgerEvent
{
    /// <param name="Commit">Of the manifest's file; empty where nobody said.</param>
    /// <param name="DeploymentId">Of the deployment that applied it; empty where nobody said.</param>
    public sealed record ReleaseApplied(ReleaseManifest Manifest, string Stage, string Commit, string DeploymentId) : ReleaseEvent
    {
        /// <summary>The leaf that the manifest asked for; null where it listed its pins.</summary>
        public long? AsOf { get; init; }
    }

    /// <param name="From">Id of the manifest that stood.</param>
    /// <param name="Manifest">The earlier manifest that stands again.</param>
    public sealed record ReleaseRolledBack(string From, ReleaseManifest Manifest, string Stage, string DeploymentId, string Reason) : ReleaseEvent
    {
        /// <summary>Of the program or the manifests that were deployed with it; null where nobody said.</summary>
        public string? Commit { get; init; }
    }
}

public sealed record Release
{
    /// <summary>How many hex digits of an id are enough to name a release by.</summary>
    public const int LeastDigits = 8;

    public static Release None { get; } = new();

    public string Stage { get; init; } = "";
    public ImmutableList<ReleaseManifest> History { get; init; } = [];
    public string UnknownEvent { get; init; } = "";

    public ReleaseManifest? Current => History.Count == 0 ? null : History[^1];

    /// <summary>Those that stood here and go by an id, each once.</summary>
    /// <param name="id">Whole, or its first hex digits, at least <see cref="LeastDigits"/>; with or without what stands before them.</param>
    public IReadOnlyList<ReleaseManifest> Named(string id)
    {
        var digits = id.StartsWith(Digest.Prefix, StringComparison.Ordinal) ? id[Digest.Prefix.Length..] : id;
        return digits.Length < LeastDigits ? [] : [.. History.Where(m => m.Id.StartsWith(Digest.Prefix + digits, StringComparison.Ordinal)).DistinctBy(m => m.Id)];
    }

    public static Release Fold(IEnumerable<ILedgerEvent> events) => events.Aggregate(None, Evolve);

    /// <summary>Never throws: what is on record happened.</summary>
    public static Release Evolve(Release release, ILedgerEvent @event) => @event switch
    {
        ReleaseApplied e => release with { Stage = e.Stage, History = release.History.Add(e.Manifest) },
        ReleaseRolledBack e => release with { History = release.History.Add(e.Manifest) },
        UnknownEvent e => release with { UnknownEvent = e.Alias },
        _ => release,
    };
}

public abstract record ReleaseCommand
{
    private ReleaseCommand() { }

    /// <summary>What it comes to on the skills as they stand.</summary>
    public required ReleasePlan Plan { get; init; }

    public sealed record Apply(string Commit, string DeploymentId, long? AsOf = null) : ReleaseCommand;

    /// <summary>Back to a manifest that stood before.</summary>
    public sealed record RollBack(string Commit, string DeploymentId, string Reason) : ReleaseCommand;
}

/// <summary>Decides what goes on the stage's record. What goes on the skills' is the plan's, and is appended together with it or not at all.</summary>
public static class ReleaseDecider
{
    public static Decision Decide(ReleaseCommand command, Release release) => command switch
    {
        _ when release.UnknownEvent.Length > 0 => Decision.RefuseUnknown($"release {release.Stage}", release.UnknownEvent),
        ReleaseCommand.RollBack when release.Current is null => NothingReleased,
        ReleaseCommand.RollBack c when !release.History.Contains(c.Plan.Manifest) => Unknown(c.Plan.Manifest.Id),
        { Plan.Refusal: { } refused } => refused,
        { Plan: var plan } when plan.Manifest == release.Current && plan.PerSkill.Count == 0 => Decision.Nothing,
        ReleaseCommand.Apply c => Decision.Of(new ReleaseApplied(c.Plan.Manifest, c.Plan.Stage, c.Commit, c.DeploymentId) { AsOf = c.AsOf }),
        ReleaseCommand.RollBack c => Decision.Of(new ReleaseRolledBack(release.Current!.Id, c.Plan.Manifest, c.Plan.Stage, c.DeploymentId, c.Reason)
        {
            Commit = c.Commit.Length > 0 ? c.Commit : null,
        }),
        _ => throw new InvalidOperationException($"no rule for {command.GetType().Name}"),
    };

    /// <summary>The earlier release that is meant.</summary>
    /// <param name="to">As <see cref="Release.Named"/> takes it.</param>
    public static (ReleaseManifest? Manifest, Decision? Refused) Earlier(Release release, string to) => release.Named(to) switch
    {
        _ when release.Current is null => (null, NothingReleased),
        [var one] => (one, null),
        [] => (null, Unknown(to)),
        var several => (null, Decision.Refuse("release-ambiguous", $"{several.Count} releases of this stage begin with {to}; name more of its digits")),
    };

    private static Decision NothingReleased => Decision.Refuse("nothing-released", "nothing was ever released on this stage");

    private static Decision Unknown(string id) => Decision.Refuse(
        "release-unknown", $"release {id} never stood on this stage; `release history` lists those that did, and {Release.LeastDigits} digits of an id are enough");
}
