using System.Text.Json;
using MediatR;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.RunValidation;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.LedgerApi;

/// <summary>An admin's command to one skill.</summary>
/// <param name="IfMatch">The stream version that the caller saw; null: any.</param>
/// <param name="IdempotencyKey">Empty: none.</param>
public sealed record RunSkillCommand(string IdOrName, SkillCommand Command, long? IfMatch, string IdempotencyKey) : IRequest<SkillCommandOutcome>
{
    /// <summary>Who asks; on a loopback address nobody signs in.</summary>
    public Actor Actor { get; init; } = Caller.Current.Actor;
}

public sealed class RunSkillCommandHandler(LedgerWriter ledger, EventStore store, SkillViews views, LedgerFollower follower, SkillCommandDecisions decisions, RevocationSpread spread)
    : IRequestHandler<RunSkillCommand, SkillCommandOutcome>
{
    /// <summary>The inbox's source of commands that carry an idempotency key: no emitter's, since a CloudEvent's source is never empty.</summary>
    internal const string InboxSource = "";

    /// <summary>Other skills that lose a revoked package before the answer is given; the sweep goes on.</summary>
    internal const int MostOthers = 100;

    public async Task<SkillCommandOutcome> Handle(RunSkillCommand request, CancellationToken ct)
    {
        // What an approval says is that somebody looked.
        if (request.Command is SkillCommand.Approve && !Caller.Current.IsPerson)
            return new SkillCommandOutcome.Refused(StatusCodes.Status403Forbidden, "person-needed", "an approval is by a person, and an application calls for itself; sign in and show the token that you get");
        if ((await views.FindAsync(request.IdOrName, ct)).Value is not { } found)
            return NoSuchSkill(request.IdOrName);
        var digest = CanonicalJson.DigestOf(new { found.SkillId, Name = request.Command.GetType().Name, Body = JsonSerializer.SerializeToElement(request.Command, request.Command.GetType(), LedgerJson.Options) });
        var context = new EventContext
        {
            Actor = request.Actor,
            CausationId = request.IdempotencyKey.Length > 0 ? request.IdempotencyKey : digest,
            CorrelationId = Streams.Of(Streams.Skill, found.SkillId),
            DecidedBy = ProgramVersion.Name,
            RecordedAt = default,
        };

        // Before anything is looked at again: the skill has moved on since, by this very command.
        if (await BeforeAsync(store, request.IdempotencyKey, ct) is { } before) return await SpreadAsync(Answer(before, null, digest), context, request.Command, ct);

        SkillCommandView? view = null;
        var outcome = await ledger.WriteAsync(context, async read =>
        {
            var decided = await decisions.DecideAsync(read, found.SkillId, request.Command, withOthers: false, ct);
            var (skill, decision, events, _) = decided;
            if (request.IfMatch is { } seen && seen != skill.Version)
                return new(Decision.Refuse("skill-moved", $"the skill stands at stream version {skill.Version}, not {seen}; look again"));
            if (decision is not Decision.Accepted) return new(decision);
            view = SkillCommandView.Of(request.Command, decided.After, skill.Version + events.Count, events);
            NameClaim[] name = [new(skill.State.Name, skill.State.Id)];
            return new(decision, [skill.Append(Streams.Skill, events)])
            {
                Inbox = InboxOf(request.IdempotencyKey, digest, skill.StreamId, view),
                // Only living skills have their names for themselves.
                Claims = events.Any(e => e is SkillEvent.SkillReinstated) ? name : [],
                Releases = events.Any(e => e is SkillEvent.SkillRetired) ? name : [],
            };
        }, ct);
        var answer = await SpreadAsync(Answer(outcome, view, digest), context, request.Command, ct);
        await follower.SettleAsync(ct);
        return answer;
    }

    // On record it keeps the package out, so that what it means for others can be carried to them bit by bit. Asked again, it goes on where it stopped.
    private async Task<SkillCommandOutcome> SpreadAsync(SkillCommandOutcome answer, EventContext context, SkillCommand command, CancellationToken ct)
    {
        if (answer is not SkillCommandOutcome.Ran { View: var view } || command is not SkillCommand.Revoke revoke) return answer;
        var done = await spread.SpreadAsync(context, new(view.Skill, view.Version, view.Digest, revoke.Reason, default, context.Actor), MostOthers, ct);
        return new SkillCommandOutcome.Ran(view with
        {
            Quarantined = done.Quarantined.Count > 0 ? done.Quarantined : null,
            Revoked = done.Revoked.Count > 0 ? done.Revoked : null,
            ToCome = done.ToCome > 0 ? done.ToCome : null,
        });
    }

    internal static SkillCommandOutcome NoSuchSkill(string idOrName) =>
        new SkillCommandOutcome.Refused(StatusCodes.Status404NotFound, "skill-unknown", $"there is no skill '{idOrName}'; `skill list` shows those there are");

    /// <summary>What a command with this key came to before; null where there was none.</summary>
    internal static async Task<WriteOutcome.AlreadyHandled?> BeforeAsync(EventStore store, string idempotencyKey, CancellationToken ct) =>
        idempotencyKey.Length > 0 && await store.FindInboxAsync(EventContext.DefaultTenant, new InboxKey(InboxSource, idempotencyKey), ct) is { } before ? new(before) : null;

    internal static SkillCommandOutcome Answer(WriteOutcome outcome, SkillCommandView? view, string digest) => outcome switch
    {
        WriteOutcome.Written => new SkillCommandOutcome.Ran(view!),
        WriteOutcome.AlreadyHandled { Entry: var entry } when entry.Matches(digest) =>
            new SkillCommandOutcome.Ran(JsonSerializer.Deserialize<SkillCommandView>(entry.Result, LedgerJson.Options)!),
        WriteOutcome.NameTaken taken => new SkillCommandOutcome.Refused(
            StatusCodes.Status409Conflict, "name-taken", $"the name {taken.Name} is now {taken.BySkillId}'s; retire that one first"),
        WriteOutcome.AlreadyHandled => new SkillCommandOutcome.Refused(
            StatusCodes.Status409Conflict, "idempotency-key", "this Idempotency-Key was used for another command; choose a new one"),
        WriteOutcome.Refused { Code: "skill-moved" } r => new SkillCommandOutcome.Refused(StatusCodes.Status412PreconditionFailed, r.Code, r.Message),
        WriteOutcome.Refused { Code: "version-unknown" } r => new SkillCommandOutcome.Refused(StatusCodes.Status404NotFound, r.Code, r.Message),
        WriteOutcome.Refused r => new SkillCommandOutcome.Refused(StatusCodes.Status409Conflict, r.Code, r.Message),
        _ => new SkillCommandOutcome.Refused(StatusCodes.Status503ServiceUnavailable, "contended", "others kept writing to this skill; try again"),
    };

    internal static InboxEntry? InboxOf(string idempotencyKey, string digest, string streamId, SkillCommandView view) => idempotencyKey.Length == 0 ? null : new()
    {
        Source = InboxSource,
        MessageId = idempotencyKey,
        ContentDigest = digest,
        StreamId = streamId,
        StreamVersion = view.StreamVersion,
        Result = JsonSerializer.Serialize(view, LedgerJson.Options),
    };
}

public abstract record SkillCommandOutcome
{
    private SkillCommandOutcome() { }

    public sealed record Ran(SkillCommandView View) : SkillCommandOutcome;

    public sealed record Refused(int Status, string Code, string Message) : SkillCommandOutcome;
}

/// <param name="Events">What the command led to; none when it was in effect already.</param>
public sealed record SkillCommandView(string Skill, Lifecycle Status, int Version, string Digest, long StreamVersion, IReadOnlyList<string> Events)
{
    /// <summary>Of the version that the command was about, where it was about one; so are the denials.</summary>
    public Tier? Tier { get; init; }
    public IReadOnlyList<string>? Denials { get; init; }
    public IReadOnlyDictionary<string, int>? Aliases { get; init; }

    /// <summary>Skills that have something of a revoked version in them, and are quarantined with it as far as they do.</summary>
    public IReadOnlyList<string>? Quarantined { get; init; }

    /// <summary>Other skills that have exactly the revoked package, and lose it as well.</summary>
    public IReadOnlyList<string>? Revoked { get; init; }

    /// <summary>How many more have it and lose it with the next sweeps; null where none has. No version is made with it meanwhile.</summary>
    public int? ToCome { get; init; }

    /// <summary>What came of it beside what was asked: other versions' tiers, and where aliases went by themselves.</summary>
    public IReadOnlyList<string>? Also { get; init; }

    public static SkillCommandView Of(Skill skill, long streamVersion, IReadOnlyList<ILedgerEvent> events) => new(
        skill.Id, skill.Lifecycle, skill.Current!.Number, skill.Current.PackageDigest, streamVersion, [.. events.Select(EventCatalogue.Default.AliasOf)]);

    public static SkillCommandView Of(SkillCommand command, Skill skill, long streamVersion, IReadOnlyList<ILedgerEvent> events)
    {
        var about = command switch
        {
            SkillCommand.Approve c => skill.Version(c.Version),
            SkillCommand.WithdrawApproval c => skill.Version(c.Version),
            SkillCommand.MoveAlias c => skill.Version(c.ToVersion),
            SkillCommand.Revoke c => skill.Version(c.Version),
            _ => null,
        };
        var view = Of(skill, streamVersion, events);
        return about is null ? view : view with { Version = about.Number, Digest = about.PackageDigest, Tier = about.Tier, Denials = about.Denials, Aliases = skill.Aliases, Also = AlsoOf(command, about, events) };
    }

    private static IReadOnlyList<string>? AlsoOf(SkillCommand command, SkillVersion about, IReadOnlyList<ILedgerEvent> events)
    {
        IReadOnlyList<string> also = [.. events.Where(e => e switch
        {
            SkillEvent.TierDecided decided => decided.Version != about.Number,
            SkillEvent.AliasMoved moved => (command as SkillCommand.MoveAlias)?.Alias != moved.Alias,
            SkillEvent.AliasRemoved => true,
            _ => false,
        }).Select(EventSummary.Of)];
        return also.Count > 0 ? also : null;
    }
}
