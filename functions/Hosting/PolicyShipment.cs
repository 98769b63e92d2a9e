using Pipeline.Domain.Ledger;
using Pipeline.Domain.Policies;
using Pipeline.Infra.Policies;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Hosting;

/// <summary>Publishes and activates the policy that the program comes with, where the ledger has none active yet.</summary>
public sealed class PolicyShipment(LedgerWriter ledger, LedgerFollower follower)
{
    public async Task EnsureActiveAsync(CancellationToken ct)
    {
        var bytes = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "policies", "default.yaml"), ct);
        var (policy, digest) = (PolicyFile.Parse(bytes), Digest.Of(bytes));
        var context = new EventContext
        {
            Actor = new(ActorKind.System, ProgramVersion.Name),
            CausationId = digest,
            CorrelationId = Streams.Of(Streams.Policy, PolicyShelf.Id),
            DecidedBy = ProgramVersion.Name,
            RecordedAt = default,
        };
        var outcome = await ledger.WriteAsync(context, async read =>
        {
            var shelf = await read.FoldAsync(Streams.Of(Streams.Policy, PolicyShelf.Id), PolicyShelf.Empty, PolicyShelf.Evolve);
            if (shelf.State.Active is not null) return new(Decision.Nothing);
            var published = PolicyDecider.Decide(new PolicyCommand.Publish(policy.Id, policy.Version, digest, bytes.Length), shelf.State);
            if (published is not Decision.Accepted { Events: var events }) return new(published);
            var activated = PolicyDecider.Decide(new PolicyCommand.Activate(digest, "shipped with the program"), events.Aggregate(shelf.State, PolicyShelf.Evolve));
            return activated is Decision.Accepted { Events: var more }
                ? new(activated, [shelf.Append(Streams.Policy, [.. events, .. more])]) { Contents = [new ContentBlob(bytes)] }
                : new(activated);
        }, ct);
        if (outcome is WriteOutcome.Refused refused) throw new InvalidOperationException(refused.Message);
        // Before the first evidence: a policy counts from its own leaf on.
        await follower.SettleAsync(ct);
    }
}
