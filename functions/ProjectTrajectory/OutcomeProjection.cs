using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Messages;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.ProjectTrajectory;

/// <summary>Corrects the outcome of a recorded run, and the evidence that stood on the outcome before.</summary>
public sealed class OutcomeProjection(LedgerWriter ledger, EventStore store)
{
    // Some seconds, with the pauses between deliveries: a verdict seldom overtakes its run by more.
    private const int PatientDeliveries = 5;

    public async Task<Completion> ProjectAsync(Arrived arrived, int deliveryCount, CancellationToken ct)
    {
        if (!OutcomeReader.Read(arrived.Event).Try(out var verdict, out var error)) return ProjectTrajectoryHandler.Poison(arrived.Event, error);

        var id = TrajectoryRecord.IdOf(verdict.Source, verdict.TrajectoryId);
        var families = new List<string>();
        var outcome = await ledger.WriteAsync(TrajectoryProjection.ContextOf(arrived, id), async read =>
        {
            var record = await read.FoldAsync(Streams.Of(Streams.Trajectory, id), TrajectoryRecord.None, TrajectoryRecord.Evolve);
            // The reason is free text, and the ledger keeps none: it lies with the payload.
            var decision = TrajectoryDecider.Decide(new TrajectoryCommand.CorrectOutcome(verdict.Outcome, $"verdict {arrived.Event.Id}"), record.State);
            if (decision is not Decision.Accepted { Events: var corrected }) return new(decision);
            families.Clear();
            // It had its effect, and another verdict came since. The inbox knows that too, unless the ledger was imported.
            if (corrected.Count > 0 && await WasTakenInAsync(arrived, record.StreamId, ct))
            {
                families.AddRange(record.State.Facts!.Episodes.Select(e => e.FamilyId).Distinct(StringComparer.Ordinal));
                return new(Decision.Nothing, []) { Inbox = TrajectoryProjection.InboxOf(arrived, record.StreamId, record.Version) };
            }
            List<StreamAppend> appends = [record.Append(Streams.Trajectory, corrected)];
            foreach (var own in record.State.Facts!.Episodes.GroupBy(e => e.FamilyId, StringComparer.Ordinal))
            {
                var family = await read.FoldAsync(Streams.Of(Streams.Family, own.Key), Family.None, Family.Evolve);
                var events = new List<ILedgerEvent>();
                foreach (var evidence in own.Select(e => family.State.Find(e.EvidenceId)).OfType<FamilyEvent.EvidenceAdmitted>())
                {
                    var admitted = FamilyDecider.Decide(
                        new FamilyCommand.Admit(family.State.Id, family.State.Environment, family.State.Effect, evidence with { Outcome = verdict.Outcome }), family.State);
                    if (admitted is not Decision.Accepted accepted) return new(admitted);
                    events.AddRange(accepted.Events);
                }
                appends.Add(family.Append(Streams.Family, events));
                families.Add(own.Key);
            }
            return new(decision, appends) { Inbox = TrajectoryProjection.InboxOf(arrived, record.StreamId, record.Version + corrected.Count) };
        }, ct);

        return outcome switch
        {
            // The verdict overtook the run, or the run never came. As a dead letter it can be retried once the run is there.
            WriteOutcome.Refused { Code: "trajectory-unknown" } when deliveryCount < PatientDeliveries =>
                new Completion.Retry("the run that the verdict is about is not recorded yet"),
            WriteOutcome.Refused r => new Completion.Poison(r.Code, r.Message, arrived.Event.Source, arrived.Event.Id),
            WriteOutcome.AlreadyHandled { Entry: var entry } when !entry.Matches(arrived.Payload.Digest) => TrajectoryProjection.Conflict(arrived),
            WriteOutcome.Contended => new Completion.Retry("other writers kept coming first"),
            _ => new Completion.Done([.. families.Distinct(StringComparer.Ordinal).Select(f => new CurationMessage(arrived.Tenant, f).ToOutput())]),
        };
    }

    private async Task<bool> WasTakenInAsync(Arrived arrived, string streamId, CancellationToken ct) =>
        (await store.ReadStreamAsync(arrived.Tenant, streamId, ct: ct)).Any(e =>
            e.Event is TrajectoryEvent.TrajectoryOutcomeCorrected && e.Context.CausationId == arrived.Event.Id && e.Context.Actor == new Actor(ActorKind.Emitter, arrived.Event.Source));
}
