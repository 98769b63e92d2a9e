using MediatR;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Siblings;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Functions.CurateFamily;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.LedgerApi;

/// <summary>An admin accepts the sibling that is proposed of a skill for a model.</summary>
/// <param name="IfMatch">The stream version of the named skill that the caller saw; null: any.</param>
/// <param name="IdempotencyKey">Empty: none.</param>
public sealed record AcceptVariant(string IdOrName, string Model, string Reason, long? IfMatch, string IdempotencyKey) : IRequest<SkillCommandOutcome>
{
    /// <summary>Who asks; on a loopback address nobody signs in.</summary>
    public Actor Actor { get; init; } = Caller.Current.Actor;
}

public sealed class AcceptVariantHandler(LedgerWriter ledger, EventStore store, SkillViews views, ActivePolicies policies, EpisodeReader episodes, LedgerFollower follower)
    : IRequestHandler<AcceptVariant, SkillCommandOutcome>
{
    public async Task<SkillCommandOutcome> Handle(AcceptVariant request, CancellationToken ct)
    {
        if ((await views.FindAsync(request.IdOrName, ct)).Value is not { } found) return RunSkillCommandHandler.NoSuchSkill(request.IdOrName);
        var digest = CanonicalJson.DigestOf(new { found.SkillId, Name = nameof(AcceptVariant), Body = new { request.Model, request.Reason } });
        if (await RunSkillCommandHandler.BeforeAsync(store, request.IdempotencyKey, ct) is { } before) return RunSkillCommandHandler.Answer(before, null, digest);
        if (found.FamilyId.Length == 0) return new SkillCommandOutcome.Refused(StatusCodes.Status409Conflict, "not-learned", $"{found.SkillId} was not learned in this ledger: siblings are made of such skills only");
        await follower.SettleAsync(ct);
        if ((await policies.LoadAsync(EventContext.DefaultTenant, ct)).At(long.MaxValue) is not { } active)
            return new SkillCommandOutcome.Refused(StatusCodes.Status409Conflict, "no-policy", "no policy is active; activate one first");

        SkillCommandView? view = null;
        var outcome = await WriteAsync(isDistinct: false);
        // Somebody imported or wrote a skill of that name: this one gets a name of its own, as any that curation makes.
        if (outcome is WriteOutcome.NameTaken) outcome = await WriteAsync(isDistinct: true);
        await follower.SettleAsync(ct);
        return RunSkillCommandHandler.Answer(outcome, view, digest);

        Task<WriteOutcome> WriteAsync(bool isDistinct) => ledger.WriteAsync(ContextOf(request, found.SkillId, digest), async read =>
        {
            var (write, made) = await DecideAsync(read, request, found.SkillId, found.FamilyId, active, isDistinct, digest, ct);
            view = made;
            return write;
        }, ct);
    }

    private async Task<(Write Write, SkillCommandView? View)> DecideAsync(
        LedgerReader read, AcceptVariant request, string skillId, string familyId, ActivePolicy active, bool isDistinct, string digest, CancellationToken ct)
    {
        var (main, now) = (await SkillAsync(read, skillId), await read.FoldAsync(Streams.Of(Streams.Family, familyId), Family.None, Family.Evolve));
        if (request.IfMatch is { } seen && seen != main.Version)
            return (new(Decision.Refuse("skill-moved", $"the skill stands at stream version {main.Version}, not {seen}; look again")), null);
        var sibling = now.State.Siblings.GetValueOrDefault(request.Model)?.Skill is { } own ? await SkillAsync(read, own.SkillId) : null;
        if (SiblingAcceptance.Objection(now.State, main.State, request.Model, _ => sibling!.State, active.Policy) is { } objection)
            return (new(objection), sibling is null ? null : SkillCommandView.Of(sibling.State, sibling.Version, []));

        var input = await InputAsync(read, request.Model, main.State, familyId, active, isDistinct, ct);
        var (command, package, refused) = SiblingAcceptance.Make(input, $"accepted: {request.Reason}");
        if (command is null || package is null) return (new(refused!), null);
        var skill = await SkillAsync(read, command.SkillId);
        if (SkillDecider.Decide(command, skill.State) is not Decision.Accepted { Events: { Count: > 0 } events } decision)
            return (new(Decision.Refuse("skill-exists", $"skill {command.SkillId} exists already")), null);
        var accepted = new FamilyEvent.VariantAccepted(request.Model, command.VariantOf!, new(command.SkillId, 1, package.Digest), request.Reason);
        var view = SkillCommandView.Of(events.Aggregate(skill.State, Skill.Evolve), skill.Version + events.Count, events);
        return (new(decision, [now.Append(Streams.Family, [accepted]), skill.Append(Streams.Skill, events)])
        {
            Inbox = RunSkillCommandHandler.InboxOf(request.IdempotencyKey, digest, skill.StreamId, view),
            Contents = [.. package.Files.Select(f => new ContentBlob(f.Content))],
            Claims = [new(command.Name, command.SkillId)],
        }, view);
    }

    // As curation sees it: what is sealed.
    private async Task<CurationInput> InputAsync(LedgerReader read, string model, Skill main, string familyId, ActivePolicy active, bool isDistinct, CancellationToken ct)
    {
        var history = await store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Family, familyId), sealedOnly: true, ct: ct);
        var family = FamilyHistory.AsOfLeaf(history, long.MaxValue).SiblingFor(model);
        var learned = await episodes.ReadAsync(EventContext.DefaultTenant, familyId, EvidenceSelection.Select(family.Evidence, active.Policy), ct);
        var name = FamilyHistory.NameOf(family, learned, active.Policy, main.Name);
        return new()
        {
            Family = family,
            Leaf = history[^1].Leaf!.Value,
            At = history[^1].Context.RecordedAt,
            PolicyReference = active.Reference,
            Policy = active.Policy,
            Episodes = learned,
            Name = !isDistinct && (await SkillAsync(read, name)).State.Lifecycle == Lifecycle.Unborn ? name : FamilyHistory.DistinctNameOf(family, learned, active.Policy, main.Name),
            Skill = Skill.None,
            CurrentText = "",
            Main = MainSkill.Of(main.Id, main, await episodes.TextOfAsync(main, ct), await episodes.VariantsOfAsync(main, ct)),
        };
    }

    private static Task<Folded<Skill>> SkillAsync(LedgerReader read, string id) => read.FoldAsync(Streams.Of(Streams.Skill, id), Skill.None, Skill.Evolve);

    private static EventContext ContextOf(AcceptVariant request, string skillId, string digest) => new()
    {
        Actor = request.Actor,
        CausationId = request.IdempotencyKey.Length > 0 ? request.IdempotencyKey : digest,
        CorrelationId = Streams.Of(Streams.Skill, skillId),
        DecidedBy = ProgramVersion.Name,
        RecordedAt = default,
    };
}
