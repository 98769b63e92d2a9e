using System.Text.Json;
using MediatR;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Releases;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.LedgerApi;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Releases;

/// <summary>Applies a manifest to a stage, or goes back to one that stood there: its record and all skills' in one transaction.</summary>
/// <param name="IfMatch">The version of the stage's record that the caller saw; null: any.</param>
/// <param name="IdempotencyKey">Empty: none.</param>
public sealed record RunRelease(string Stage, WantedRelease Wanted, string Commit, string Deployment, string Reason, long? IfMatch, string IdempotencyKey) : IRequest<ReleaseOutcome>
{
    /// <summary>Who asks; on a loopback address nobody signs in.</summary>
    public Actor Actor { get; init; } = Caller.Current.Actor;

    internal ReleaseCommand Command(ReleasePlan plan) => Wanted is WantedRelease.Earlier
        ? new ReleaseCommand.RollBack(Commit, Deployment, Reason) { Plan = plan }
        : new ReleaseCommand.Apply(Commit, Deployment, (Wanted as WantedRelease.AsLeaf)?.Leaf) { Plan = plan };
}

public sealed class RunReleaseHandler(LedgerWriter ledger, EventStore store, LedgerFollower follower, ReleaseDecisions decisions, StageReading reading)
    : IRequestHandler<RunRelease, ReleaseOutcome>
{
    public async Task<ReleaseOutcome> Handle(RunRelease request, CancellationToken ct)
    {
        var digest = CanonicalJson.DigestOf(new { request.Stage, Kind = request.Wanted.GetType().Name, Wanted = JsonSerializer.SerializeToElement(request.Wanted, request.Wanted.GetType(), LedgerJson.Options) });
        if (await RunSkillCommandHandler.BeforeAsync(store, request.IdempotencyKey, ct) is { } before) return Answer(before, null, digest);
        var context = new EventContext
        {
            Actor = request.Actor,
            CausationId = request.Deployment.Length > 0 ? request.Deployment : request.IdempotencyKey.Length > 0 ? request.IdempotencyKey : digest,
            CorrelationId = ReleaseDecisions.StreamOf(request.Stage),
            DecidedBy = ProgramVersion.Name,
            RecordedAt = default,
        };
        ReleaseView? view = null;
        long? seen = request.IfMatch;
        var outcome = await ledger.WriteAsync(context, async read =>
        {
            var decided = await decisions.DecideAsync(read, request.Stage, request.Wanted, request.Command);
            var history = await reading.HistoryAsync(request.Stage, ct);
            // Somebody was quicker. Who wants the same has it; who wants something else is to know first.
            if (seen is { } version && version != decided.Release.Version && (request.IfMatch is not null || decided.Plan?.Manifest != decided.Release.State.Current))
                return new(Decision.Refuse("release-moved", Moved(request.Stage, history)));
            seen = decided.Release.Version;
            if (decided.Decision is not Decision.Accepted) return new(decided.Decision);
            view = ViewOf(decided, request.Stage, history.Count > 0 ? history[^1] : null);
            return new(decided.Decision, decided.Appends) { Inbox = InboxOf(request.IdempotencyKey, digest, view) };
        }, ct);
        await follower.SettleAsync(ct);
        return Answer(outcome, view, digest);
    }

    internal static ReleaseView ViewOf(DecidedRelease decided, string stage, AppliedView? before) => new(
        stage, decided.Plan?.Manifest.Id, decided.Appends.Count > 0, decided.Release.Version + decided.Appends.Count(a => a.StreamType == Streams.Release), before,
        [.. decided.Plan?.Aliases.Select(a => PlannedView.Of(a, decided.Skills)) ?? []])
    {
        LeftOut = decided.LeftOut,
        Events = [.. decided.Appends.SelectMany(a => a.Events).Select(EventCatalogue.Default.AliasOf)],
    };

    /// <summary>The status that a refusal is answered with.</summary>
    internal static int StatusOf(string code) => code switch
    {
        "skill-unknown" or "version-unknown" or "release-unknown" or "nothing-released" => StatusCodes.Status404NotFound,
        _ => StatusCodes.Status409Conflict,
    };

    private static string Moved(string stage, IReadOnlyList<AppliedView> history) => history.Count == 0
        ? $"nothing stands on {stage} as yet; look again (`release plan`)"
        : $"{history[^1].By} was quicker: release {ReleasePlan.ShortOf(history[^1].Release)} stands on {stage} now; look again (`release plan`), and apply yours if it is still to stand";

    private static ReleaseOutcome Answer(WriteOutcome outcome, ReleaseView? view, string digest) => outcome switch
    {
        WriteOutcome.Written => new ReleaseOutcome.Done(view!),
        WriteOutcome.AlreadyHandled { Entry: var entry } when entry.Matches(digest) => new ReleaseOutcome.Done(JsonSerializer.Deserialize<ReleaseView>(entry.Result, LedgerJson.Options)!),
        WriteOutcome.AlreadyHandled => new ReleaseOutcome.Refused(StatusCodes.Status409Conflict, "idempotency-key", "this Idempotency-Key was used for another release; choose a new one"),
        WriteOutcome.Refused r => new ReleaseOutcome.Refused(StatusOf(r.Code), r.Code, r.Message),
        _ => new ReleaseOutcome.Refused(StatusCodes.Status503ServiceUnavailable, "contended", "others kept writing to these skills; try again"),
    };

    private static InboxEntry? InboxOf(string idempotencyKey, string digest, ReleaseView view) => idempotencyKey.Length == 0 ? null : new()
    {
        Source = RunSkillCommandHandler.InboxSource,
        MessageId = idempotencyKey,
        ContentDigest = digest,
        StreamId = ReleaseDecisions.StreamOf(view.Stage),
        StreamVersion = view.StreamVersion,
        Result = JsonSerializer.Serialize(view, LedgerJson.Options),
    };
}

public abstract record ReleaseOutcome
{
    private ReleaseOutcome() { }

    public sealed record Done(ReleaseView View) : ReleaseOutcome;

    public sealed record Refused(int Status, string Code, string Message) : ReleaseOutcome;
}
