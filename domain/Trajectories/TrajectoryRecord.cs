using System.Collections.Immutable;
using Pipeline.Domain.Ledger;
using static Pipeline.Domain.Trajectories.TrajectoryEvent;

namespace Pipeline.Domain.Trajectories;

/// <summary>What can be asked of a trajectory's stream.</summary>
public abstract record TrajectoryCommand
{
    public sealed record Record(TrajectoryRecorded Facts) : TrajectoryCommand;

    public sealed record CorrectOutcome(Outcome Outcome, string Reason) : TrajectoryCommand;

    public sealed record Reject(string TrajectoryId, string Source, string SourceId, string Reason) : TrajectoryCommand;

    /// <param name="Purged">Digests of contents that are deleted with it.</param>
    /// <param name="Again">Of these, the ones that are told again, though this run told of them before: an event has named them since.</param>
    public sealed record EraseSubject(string Reason, IReadOnlyList<string>? Purged = null, IReadOnlyCollection<string>? Again = null) : TrajectoryCommand;
}

/// <summary>A trajectory as its stream tells it: recorded or rejected, with the outcome that stands.</summary>
public sealed record TrajectoryRecord
{
    public static TrajectoryRecord None { get; } = new();

    public TrajectoryRecorded? Facts { get; init; }
    public Outcome Outcome { get; init; } = Outcome.Unknown;
    public string Rejection { get; init; } = "";
    public bool IsErased { get; init; }

    /// <summary>Digests of contents that were deleted when its data subject was erased.</summary>
    public ImmutableSortedSet<string> Purged { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);
    public string UnknownEvent { get; init; } = "";

    /// <summary>Made from source and the emitter's id, so that one run has one stream and no two runs share one.</summary>
    public static string IdOf(string source, string sourceId) => Digest.Short($"{source.Length}:{source}{sourceId}", 24);

    public static TrajectoryRecord Fold(IEnumerable<ILedgerEvent> events) => events.Aggregate(None, Evolve);

    /// <summary>Never throws: what is on record happened.</summary>
    public static TrajectoryRecord Evolve(TrajectoryRecord state, ILedgerEvent @event) => @event switch
    {
        TrajectoryRecorded e => state with { Facts = e, Outcome = e.Outcome, Rejection = "" },
        TrajectoryOutcomeCorrected e => state with { Outcome = e.To },
        TrajectoryRejected e => state with { Rejection = e.Reason },
        SubjectErased e => state with { IsErased = true, Purged = state.Purged.Union(e.Purged ?? []) },
        UnknownEvent e => state with { UnknownEvent = e.Alias },
        _ => state,
    };
}

public static class TrajectoryDecider
{
    public static Decision Decide(TrajectoryCommand command, TrajectoryRecord state) => (state, command) switch
    {
        ({ UnknownEvent.Length: > 0 }, _) => Decision.RefuseUnknown("the trajectory", state.UnknownEvent),
        ({ Facts: null }, TrajectoryCommand.Record c) => Decision.Of(c.Facts),
        ({ Facts: { } facts }, TrajectoryCommand.Record c) => facts.Payload.Digest == c.Facts.Payload.Digest
            ? Decision.Nothing
            : Decision.Refuse("trajectory-differs", "a run with this source and id is recorded with other content; emit it under another id"),
        ({ Facts: null, Rejection: "" }, TrajectoryCommand.Reject c) => Decision.Of(new TrajectoryRejected(c.TrajectoryId, c.Source, c.SourceId, c.Reason)),
        (_, TrajectoryCommand.Reject) => Decision.Nothing,
        ({ Facts: null }, _) => Decision.Refuse("trajectory-unknown", "no run with this source and id is recorded (yet)"),
        (_, TrajectoryCommand.CorrectOutcome c) => state.Outcome == c.Outcome ? Decision.Nothing
            : !state.Outcome.YieldsTo(c.Outcome) ? Decision.Refuse("outcome-verified", "the outcome that stands was verified by a verifier or a person, and gives way only to one that was verified, too")
            : Decision.Of(new TrajectoryOutcomeCorrected(state.Outcome, c.Outcome, c.Reason)),
        (_, TrajectoryCommand.EraseSubject c) => Erasure(c, state),
        _ => throw new InvalidOperationException($"no rule for {command.GetType().Name}"),
    };

    // A skill may come to quote the run while it is being erased: what is purged later is told by a later event.
    private static Decision Erasure(TrajectoryCommand.EraseSubject c, TrajectoryRecord state)
    {
        IReadOnlyList<string> purged = [.. (c.Purged ?? []).Where(d => !state.Purged.Contains(d) || c.Again?.Contains(d) is true).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return state.IsErased && purged.Count == 0
            ? Decision.Nothing
            : Decision.Of(new SubjectErased(state.Facts!.Subject, state.Facts.Payload.Digest, c.Reason) { Purged = purged.Count > 0 ? purged : null });
    }
}
