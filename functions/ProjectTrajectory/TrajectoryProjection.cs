using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Episodes;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Messages;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.ProjectTrajectory;

/// <summary>Records a run: its stream, the inbox row and the evidence of each of its episodes, in one transaction.</summary>
public sealed class TrajectoryProjection(LedgerWriter ledger, FamilyAssignment assignment)
{
    // A run of thousands of steps is known by how it begins; its fingerprint is of all of it.
    private const int MostToolsOfASketch = 200;

    public async Task<Completion> ProjectAsync(Arrived arrived, CancellationToken ct)
    {
        var id = TrajectoryRecord.IdOf(arrived.Event.Source, arrived.Event.Id);
        if (!TrajectoryReader.Read(arrived.Event).Try(out var trajectory, out var error)) return await RejectAsync(arrived, id, error, ct);

        var environment = EpisodeSplitter.EnvironmentOf(trajectory);
        var episodes = EpisodeKinds.Of(trajectory);
        var assigning = await assignment.PrepareAsync(arrived.Tenant, episodes, ct);
        IReadOnlyList<string> families = [];

        var outcome = await ledger.WriteAsync(ContextOf(arrived, id), async read =>
        {
            var record = await read.FoldAsync(Streams.Of(Streams.Trajectory, id), TrajectoryRecord.None, TrajectoryRecord.Evolve);
            var assigned = await FamilyAssignment.AssignAsync(read, id, environment, episodes, assigning);
            if (assigned.Refusal is { } refusal) return new(refusal);
            var decision = TrajectoryDecider.Decide(
                new TrajectoryCommand.Record(FactsOf(trajectory, id, environment, arrived, [.. assigned.Episodes.Select(e => e.Reference)])), record.State);
            if (decision is not Decision.Accepted { Events: var recorded }) return new(decision);
            families = [.. (record.State.Facts?.Episodes ?? assigned.Episodes.Select(e => e.Reference)).Select(e => e.FamilyId)];
            // What is recorded already was assigned and admitted then; a verdict may have come since.
            if (recorded.Count == 0) return new(decision, []) { Inbox = InboxOf(arrived, record.StreamId, record.Version) };
            List<StreamAppend> appends = [record.Append(Streams.Trajectory, recorded), .. assigned.Appends];
            // Several episodes of one run may be of one family, which is then appended to once.
            foreach (var own in assigned.Episodes.GroupBy(e => e.Reference.FamilyId, StringComparer.Ordinal))
            {
                var family = await read.FoldAsync(Streams.Of(Streams.Family, own.Key), Family.None, Family.Evolve);
                var events = new List<ILedgerEvent>();
                foreach (var (episode, reference, effect) in own)
                {
                    var command = new FamilyCommand.Admit(own.Key, environment, effect, EvidenceOf(trajectory, id, episode, reference, arrived.Event.Time), episode.Kind);
                    var admitted = FamilyDecider.Decide(command, events.Aggregate(family.State, Family.Evolve));
                    if (admitted is not Decision.Accepted accepted) return new(admitted);
                    events.AddRange(accepted.Events);
                }
                appends.Add(family.Append(Streams.Family, events));
            }
            return new(decision, appends) { Inbox = InboxOf(arrived, record.StreamId, record.Version + recorded.Count) };
        }, ct);

        return outcome switch
        {
            // The run's own stream sees the conflict before the inbox does: to the emitter it is one and the same.
            WriteOutcome.Refused { Code: "trajectory-differs" } => Conflict(arrived),
            WriteOutcome.Refused r => new Completion.Poison(r.Code, r.Message, arrived.Event.Source, arrived.Event.Id),
            WriteOutcome.AlreadyHandled { Entry: var entry } when !entry.Matches(arrived.Payload.Digest) => Conflict(arrived),
            WriteOutcome.Contended => new Completion.Retry("other writers kept coming first"),
            _ => new Completion.Done([.. families.Distinct(StringComparer.Ordinal)
                .Select(family => new CurationMessage(arrived.Tenant, family).ToOutput())]),
        };
    }

    // No inbox row: a rejected run may be retried once the program can read it.
    private async Task<Completion> RejectAsync(Arrived arrived, string id, InputError error, CancellationToken ct)
    {
        await ledger.WriteAsync(ContextOf(arrived, id), async read =>
        {
            var record = await read.FoldAsync(Streams.Of(Streams.Trajectory, id), TrajectoryRecord.None, TrajectoryRecord.Evolve);
            var decision = TrajectoryDecider.Decide(new TrajectoryCommand.Reject(id, arrived.Event.Source, arrived.Event.Id, error.Code), record.State);
            return decision is Decision.Accepted { Events: var events } ? new(decision, [record.Append(Streams.Trajectory, events)]) : new(decision);
        }, ct);
        return ProjectTrajectoryHandler.Poison(arrived.Event, error);
    }

    internal static Completion.Poison Conflict(Arrived arrived) => new(
        IngestEvents.IngestVerdict.Conflict, "an event with this source and id was taken in with other content", arrived.Event.Source, arrived.Event.Id);

    internal static EventContext ContextOf(Arrived arrived, string trajectoryId) => new()
    {
        Tenant = arrived.Tenant,
        Actor = new(ActorKind.Emitter, arrived.Event.Source),
        CausationId = arrived.Event.Id,
        CorrelationId = trajectoryId,
        DecidedBy = ProgramVersion.Name,
        TraceParent = arrived.Event.TraceParent ?? "",
        RecordedAt = default,
    };

    internal static InboxEntry InboxOf(Arrived arrived, string streamId, long version) => new()
    {
        Source = arrived.Event.Source,
        MessageId = arrived.Event.Id,
        ContentDigest = arrived.Payload.Digest,
        StreamId = streamId,
        StreamVersion = version,
    };

    private static TrajectoryEvent.TrajectoryRecorded FactsOf(
        Trajectory t, string id, string environment, Arrived arrived, IReadOnlyList<EpisodeReference> episodes) => new()
        {
            TrajectoryId = id,
            Source = t.Source,
            SourceId = t.Id,
            Subject = arrived.Subject,
            Task = t.Task,
            Environment = environment,
            Agent = t.Agent,
            Model = t.Model,
            Harness = t.Harness,
            Outcome = t.Outcome,
            SkillUsage = t.SkillUsage,
            Steps = t.Steps.Count,
            ToolCalls = t.Steps.Sum(s => s.Calls.Count),
            Tokens = t.Tokens,
            CostUsd = t.CostUsd,
            Payload = arrived.Payload,
            Episodes = episodes,
            Redactions = arrived.Redactions,
        };

    private static FamilyEvent.EvidenceAdmitted EvidenceOf(Trajectory t, string id, Episode episode, EpisodeReference reference, DateTimeOffset? at) => new()
    {
        EvidenceId = reference.EvidenceId,
        TrajectoryId = id,
        Source = t.Source,
        Task = t.Task,
        Model = t.Model,
        FirstStep = episode.FirstStep,
        LastStep = episode.LastStep,
        Outcome = t.Outcome,
        Sketch = SketchOf(t, episode),
        Loaded = t.SkillUsage.Loaded,
        Taint = ["tool-output", "user-text"],
        At = at is { } time ? new DateTimeOffset(time.UtcTicks - time.UtcTicks % TimeSpan.TicksPerMicrosecond, TimeSpan.Zero) : null,
        Tokens = t.Tokens,
    };

    private static EpisodeSketch SketchOf(Trajectory t, Episode episode)
    {
        var tools = episode.Calls.Select(c => c.Tool).ToList();
        var shape = string.Join('\n', episode.Calls.Select(c => $"{c.Tool}({string.Join(',', c.Arguments.Select(a => a.Path))})"));
        return new(
            [.. tools.Where((tool, i) => i == 0 || tools[i - 1] != tool).Take(MostToolsOfASketch)], tools.Count, episode.Calls.Count(c => c.Failed),
            Digest.Short($"{(t.Task.Length > 0 ? t.Task : t.Id)}\n{shape}", 16));
    }
}
