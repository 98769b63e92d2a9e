using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Policies;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Reruns;
using Pipeline.Infra.Policies;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.LedgerApi;

/// <summary>Publishes and activates policies. A policy counts from its own leaf on: what was decided before stays.</summary>
public sealed class PolicyCommands(LedgerWriter ledger, LedgerFollower follower)
{
    /// <exception cref="PolicyFileException">It cannot be used; the message says where and why.</exception>
    public Task<PolicyOutcome> PublishAsync(byte[] yaml, CancellationToken ct)
    {
        var policy = NamedPolicies.Read(yaml).Reference;
        return RunAsync(PolicyShelf.Id, new PolicyCommand.Publish(policy.Id, policy.Version, policy.Digest, yaml.Length), policy.Digest, [new(yaml)], ct);
    }

    public Task<PolicyOutcome> ActivateAsync(string digest, string reason, CancellationToken ct) =>
        RunAsync(PolicyShelf.Id, new PolicyCommand.Activate(digest, reason.Length > 0 ? reason : "by hand"), digest, [], ct);

    /// <exception cref="PolicyFileException">They cannot be used; the message says where and why.</exception>
    public Task<PolicyOutcome> PublishGatesAsync(byte[] yaml, CancellationToken ct)
    {
        var (gates, digest) = (GateFile.Parse(yaml), Digest.Of(yaml));
        return RunAsync(PolicyShelf.Gates, new PolicyCommand.Publish(gates.Id, gates.Version, digest, yaml.Length), digest, [new(yaml)], ct);
    }

    public Task<PolicyOutcome> ActivateGatesAsync(string digest, string reason, CancellationToken ct) =>
        RunAsync(PolicyShelf.Gates, new PolicyCommand.Activate(digest, reason.Length > 0 ? reason : "by hand"), digest, [], ct);

    private async Task<PolicyOutcome> RunAsync(string shelfId, PolicyCommand command, string digest, IReadOnlyList<ContentBlob> contents, CancellationToken ct)
    {
        var stream = Streams.Of(Streams.Policy, shelfId);
        var context = new EventContext
        {
            Actor = Caller.Current.Actor,
            CausationId = digest,
            CorrelationId = stream,
            DecidedBy = ProgramVersion.Name,
            RecordedAt = default,
        };
        PolicyOutcome.Done? done = null;
        var outcome = await ledger.WriteAsync(context, async read =>
        {
            var shelf = await read.FoldAsync(stream, PolicyShelf.Empty, PolicyShelf.Evolve);
            var decision = PolicyDecider.Decide(command, shelf.State);
            if (decision is not Decision.Accepted { Events: var events }) return new(decision);
            var after = events.Aggregate(shelf.State, PolicyShelf.Evolve);
            var policy = after.Published.Find(p => p.Digest == digest)!;
            done = new(policy, after.Active == policy, [.. events.Select(EventCatalogue.Default.AliasOf)]);
            return new(decision, [shelf.Append(Streams.Policy, events)]) { Contents = events.Count > 0 ? contents : [] };
        }, ct);
        await follower.SettleAsync(ct);
        return outcome switch
        {
            WriteOutcome.Written => done!,
            WriteOutcome.Refused refused => new PolicyOutcome.Refused(refused.Code, refused.Message),
            _ => new PolicyOutcome.Refused("contended", "others kept writing to the policies; try again"),
        };
    }
}

public abstract record PolicyOutcome
{
    private PolicyOutcome() { }

    /// <param name="Events">What it led to; none when it was in effect already.</param>
    public sealed record Done(PolicyReference Policy, bool Active, IReadOnlyList<string> Events) : PolicyOutcome;

    public sealed record Refused(string Code, string Message) : PolicyOutcome;
}
