using Pipeline.Domain.Ledger;
using Pipeline.Domain.Policies;
using Pipeline.Infra.Log;
using Pipeline.Infra.Policies;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Hosting;

/// <summary>Makes a ledger ready to be used: its log gets a name and a key, and what the program comes with is published and activated where nothing is active
/// yet, the policy that curation decides by and the gates of the tiers.</summary>
public sealed class PolicyShipment(LedgerWriter ledger, LedgerFollower follower, LogIdentity log, TimeProvider time)
{
    /// <param name="gates">Which of the shipped gates a ledger without any starts with.</param>
    public async Task EnsureActiveAsync(CancellationToken ct, string gates = ShippedGates.Strict)
    {
        await log.EnsureIntroducedAsync(Context(Streams.Log, Streams.Log) with { RecordedAt = time.GetUtcNow() }, ct);
        var policy = await File.ReadAllBytesAsync(Path.Combine(AppContext.BaseDirectory, "policies", "default.yaml"), ct);
        var curation = PolicyFile.Parse(policy);
        await EnsureAsync(PolicyShelf.Id, policy, (curation.Id, curation.Version), ct);
        var bytes = await ShippedGates.ReadAsync(gates, ct) ?? throw new InvalidOperationException($"the program does not come with gates {gates}");
        var gate = GateFile.Parse(bytes);
        await EnsureAsync(PolicyShelf.Gates, bytes, (gate.Id, gate.Version), ct);
        // Before the first evidence: a policy counts from its own leaf on.
        await follower.SettleAsync(ct);
    }

    private async Task EnsureAsync(string shelfId, byte[] bytes, (string Id, int Version) policy, CancellationToken ct)
    {
        var (stream, digest) = (Streams.Of(Streams.Policy, shelfId), Digest.Of(bytes));
        var outcome = await ledger.WriteAsync(Context(digest, stream), async read =>
        {
            var shelf = await read.FoldAsync(stream, PolicyShelf.Empty, PolicyShelf.Evolve);
            if (shelf.State.Active is not null) return new(Decision.Nothing);
            var published = PolicyDecider.Decide(new PolicyCommand.Publish(policy.Id, policy.Version, digest, bytes.Length), shelf.State);
            if (published is not Decision.Accepted { Events: var events }) return new(published);
            var activated = PolicyDecider.Decide(new PolicyCommand.Activate(digest, "shipped with the program"), events.Aggregate(shelf.State, PolicyShelf.Evolve));
            return activated is Decision.Accepted { Events: var more }
                ? new(activated, [shelf.Append(Streams.Policy, [.. events, .. more])]) { Contents = [new ContentBlob(bytes)] }
                : new(activated);
        }, ct);
        if (outcome is WriteOutcome.Refused refused) throw new InvalidOperationException(refused.Message);
    }

    private static EventContext Context(string cause, string subject) => new()
    {
        Actor = new(ActorKind.System, ProgramVersion.Name),
        CausationId = cause,
        CorrelationId = subject,
        DecidedBy = ProgramVersion.Name,
        RecordedAt = default,
    };
}
