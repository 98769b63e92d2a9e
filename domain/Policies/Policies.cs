using System.Collections.Immutable;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using static Pipeline.Domain.Policies.PolicyEvent;

namespace Pipeline.Domain.Policies;

/// <summary>Which curation policies a tenant has published, and which is active. A decision cites a policy's bytes by digest,
/// not a file that someone edits.</summary>
public abstract record PolicyEvent : ILedgerEvent
{
    /// <param name="Digest">Of the policy's bytes, which the content store keeps.</param>
    public sealed record PolicyPublished(string PolicyId, int Version, string Digest, long Size) : PolicyEvent;

    public sealed record PolicyActivated(string PolicyId, int Version, string Digest, string Reason) : PolicyEvent;
}

public abstract record PolicyCommand
{
    public sealed record Publish(string PolicyId, int Version, string Digest, long Size) : PolicyCommand;

    public sealed record Activate(string Digest, string Reason) : PolicyCommand;
}

public sealed record PolicyShelf
{
    /// <summary>One stream per tenant: <c>policy-curation</c>.</summary>
    public const string Id = "curation";

    /// <summary>Gates of tiers are published and activated like that on a stream of their own, <c>policy-gates</c>: what curation decides by stays what it was.</summary>
    public const string Gates = "gates";

    public static PolicyShelf Empty { get; } = new();

    public ImmutableList<PolicyReference> Published { get; init; } = [];
    public PolicyReference? Active { get; init; }
    public string UnknownEvent { get; init; } = "";

    public static PolicyShelf Fold(IEnumerable<ILedgerEvent> events) => events.Aggregate(Empty, Evolve);

    /// <summary>Never throws: what is on record happened.</summary>
    public static PolicyShelf Evolve(PolicyShelf shelf, ILedgerEvent @event) => @event switch
    {
        PolicyPublished e => shelf with { Published = shelf.Published.Add(new(e.PolicyId, e.Version, e.Digest)) },
        PolicyActivated e => shelf with { Active = new(e.PolicyId, e.Version, e.Digest) },
        UnknownEvent e => shelf with { UnknownEvent = e.Alias },
        _ => shelf,
    };
}

public static class PolicyDecider
{
    public static Decision Decide(PolicyCommand command, PolicyShelf shelf) => command switch
    {
        _ when shelf.UnknownEvent.Length > 0 => Decision.RefuseUnknown("the policy stream", shelf.UnknownEvent),
        PolicyCommand.Publish c => Publication(c, shelf),
        PolicyCommand.Activate c => Activation(c, shelf),
        _ => throw new InvalidOperationException($"no rule for {command.GetType().Name}"),
    };

    private static Decision Publication(PolicyCommand.Publish c, PolicyShelf shelf)
    {
        var known = shelf.Published.Find(p => p.Id == c.PolicyId && p.Version == c.Version);
        if (known is null) return Decision.Of(new PolicyPublished(c.PolicyId, c.Version, c.Digest, c.Size));
        return known.Digest == c.Digest
            ? Decision.Nothing
            : Decision.Refuse("policy-version-taken", $"policy {c.PolicyId} version {c.Version} is published with other content; raise its version");
    }

    private static Decision Activation(PolicyCommand.Activate c, PolicyShelf shelf)
    {
        if (shelf.Active?.Digest == c.Digest) return Decision.Nothing;
        return shelf.Published.Find(p => p.Digest == c.Digest) is { } policy
            ? Decision.Of(new PolicyActivated(policy.Id, policy.Version, policy.Digest, c.Reason))
            : Decision.Refuse("policy-unknown", $"no policy with digest {c.Digest} is published");
    }
}
