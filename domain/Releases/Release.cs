using System.Collections.Immutable;
using Pipeline.Domain.Ledger;
using static Pipeline.Domain.Releases.ReleaseEvent;

namespace Pipeline.Domain.Releases;

/// <summary>What stands on a stage: the manifest that pins aliases to versions, as last applied.</summary>
public abstract record ReleaseEvent : ILedgerEvent
{
    public sealed record ReleaseApplied(ReleaseManifest Manifest, string Stage, string Commit, string DeploymentId) : ReleaseEvent;

    /// <param name="From">Id of the manifest that stood.</param>
    /// <param name="Manifest">The earlier manifest that stands again.</param>
    public sealed record ReleaseRolledBack(string From, ReleaseManifest Manifest, string Stage, string DeploymentId, string Reason) : ReleaseEvent;
}

/// <param name="Id">Made from the pins, so that the same pins are the same release.</param>
public sealed record ReleaseManifest(string Id, IReadOnlyList<AliasPin> Pins)
{
    public static ReleaseManifest Of(IEnumerable<AliasPin> pins)
    {
        var ordered = pins.OrderBy(p => p.SkillId, StringComparer.Ordinal).ThenBy(p => p.Alias, StringComparer.Ordinal).ToList();
        return new(CanonicalJson.DigestOf(ordered), ordered);
    }

    public bool Equals(ReleaseManifest? other) => other is not null && Id == other.Id && Pins.SequenceEqual(other.Pins);

    public override int GetHashCode() => Id.GetHashCode(StringComparison.Ordinal);
}

public sealed record AliasPin(string SkillId, string Alias, int Version, string PackageDigest);

public abstract record ReleaseCommand
{
    /// <param name="Revoked">Digests that may not be served, as the skills' streams say now.</param>
    public sealed record Apply(ReleaseManifest Manifest, string Stage, string Commit, string DeploymentId, IReadOnlySet<string> Revoked) : ReleaseCommand;

    public sealed record RollBack(string ToManifest, string DeploymentId, string Reason, IReadOnlySet<string> Revoked) : ReleaseCommand;
}

public sealed record Release
{
    public static Release None { get; } = new();

    public string Stage { get; init; } = "";
    public ImmutableList<ReleaseManifest> History { get; init; } = [];
    public string UnknownEvent { get; init; } = "";

    public ReleaseManifest? Current => History.Count == 0 ? null : History[^1];

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

public static class ReleaseDecider
{
    public static Decision Decide(ReleaseCommand command, Release release) => command switch
    {
        _ when release.UnknownEvent.Length > 0 => Decision.RefuseUnknown($"release {release.Stage}", release.UnknownEvent),
        ReleaseCommand.Apply c when c.Manifest == release.Current => Decision.Nothing,
        ReleaseCommand.Apply c => UnlessRevoked(c.Manifest, c.Revoked, new ReleaseApplied(c.Manifest, c.Stage, c.Commit, c.DeploymentId)),
        ReleaseCommand.RollBack when release.Current is null => Decision.Refuse("nothing-released", "nothing was ever released here"),
        ReleaseCommand.RollBack c when c.ToManifest == release.Current!.Id => Decision.Nothing,
        ReleaseCommand.RollBack c => release.History.FindLast(m => m.Id == c.ToManifest) is { } earlier
            ? UnlessRevoked(earlier, c.Revoked, new ReleaseRolledBack(release.Current!.Id, earlier, release.Stage, c.DeploymentId, c.Reason))
            : Decision.Refuse("release-unknown", $"release {c.ToManifest} never stood on this stage; `release history` lists those that did"),
        _ => throw new InvalidOperationException($"no rule for {command.GetType().Name}"),
    };

    private static Decision UnlessRevoked(ReleaseManifest manifest, IReadOnlySet<string> revoked, ReleaseEvent @event) =>
        manifest.Pins.FirstOrDefault(p => revoked.Contains(p.PackageDigest)) is { } pin
            ? Decision.Refuse("version-revoked", $"{pin.SkillId} version {pin.Version} is revoked; nothing of the manifest is applied")
            : Decision.Of(@event);
}
