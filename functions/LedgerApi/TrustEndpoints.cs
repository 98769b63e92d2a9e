using MediatR;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Functions.LedgerApi;

/// <summary>Approvals, and the names that versions are served under.</summary>
internal static class TrustEndpoints
{
    public static void MapTrust(this RouteGroupBuilder api)
    {
        var skill = api.MapGroup("/skills/{id}").WithTags("trust").Needs(Role.Reader);
        skill.MapGet("/aliases", AliasesAsync).WithName("ListAliases").WithSummary("The aliases of a skill: which version each names, at which tier, for which share of the callers.");
        skill.MapGet("/aliases/{alias}/history", AliasHistoryAsync).WithName("AliasHistory").WithSummary("Every move of an alias, oldest first: from where, to where, by whom, why.");
        skill.MapPost("/aliases/{alias}", MoveAsync).WithName("MoveAlias").WithSummary("Lets an alias name a version. Refused where the version is below the tier that the alias needs.").Needs(Role.Admin);
        skill.MapPost("/approve", (string id, ApprovalBody body, HttpContext http, IMediator mediator) => SkillCommandEndpoints.RunAsync(
            id, new SkillCommand.Approve(body.Version, Caller.Current.Actor.ToString(), body.Reason ?? ""), http, mediator)).WithName("ApproveVersion").WithSummary("Approves a version's package, as the caller.").Needs(Role.Admin);
        skill.MapPost("/withdraw-approval", (string id, ApprovalBody body, HttpContext http, IMediator mediator) => SkillCommandEndpoints.RunAsync(
            id, new SkillCommand.WithdrawApproval(body.Version, Caller.Current.Actor.ToString(), body.Reason ?? ""), http, mediator)).WithName("WithdrawApproval").WithSummary("Takes back the caller's approval of a version's package.").Needs(Role.Admin);
    }

    private static async Task<IResult> MoveAsync(string id, string alias, MoveBody body, HttpContext http, IMediator mediator) => WhyNotMoved(alias) is { } refused
        ? Problems.Result(refused.Status, refused.Code, refused.Message)
        : await SkillCommandEndpoints.RunAsync(id, new SkillCommand.MoveAlias(alias, body.Version, body.Reason ?? "") { Share = body.Share }, http, mediator);

    /// <summary>Why nobody moves an alias; null where people may.</summary>
    internal static SkillCommandOutcome.Refused? WhyNotMoved(string alias) => alias == AliasRules.Latest
        ? new(StatusCodes.Status409Conflict, "alias-automatic", $"{AliasRules.Latest} follows the newest version at {AliasRules.Needs(alias)} or above by itself; roll back or revoke to change what that is")
        : null;

    private static async Task<IResult> AliasesAsync(string id, SkillViews views, EventStore store, CancellationToken ct)
    {
        var found = await views.FindAsync(id, ct);
        if (found.Value is not { } catalogued) return SkillEndpoints.NotFound(id);
        var stream = await StreamAsync(store, catalogued.SkillId, ct);
        var skill = Skill.Fold(stream.Select(e => e.Event));
        return Results.Ok(new
        {
            found.Leaf,
            Skill = skill.Id,
            Aliases = skill.Aliases.Select(a =>
            {
                var last = stream.Last(e => e.Event is AliasMoved moved && moved.Alias == a.Key);
                var version = skill.Version(a.Value);
                return new
                {
                    Alias = a.Key,
                    Version = a.Value,
                    Digest = version?.PackageDigest,
                    version?.Tier,
                    Needs = AliasRules.Needs(a.Key),
                    Share = skill.Shares.GetValueOrDefault(a.Key)?.Percent ?? CanaryShare.All,
                    PinnedBy = skill.PinnedBy.GetValueOrDefault(a.Key),
                    Since = last.Context.RecordedAt,
                    By = last.Context.Actor.ToString(),
                    ((AliasMoved)last.Event).Reason,
                };
            }),
        });
    }

    private static async Task<IResult> AliasHistoryAsync(string id, string alias, SkillViews views, EventStore store, CancellationToken ct)
    {
        var found = await views.FindAsync(id, ct);
        if (found.Value is not { } skill) return SkillEndpoints.NotFound(id);
        var moves = (await StreamAsync(store, skill.SkillId, ct)).Select(e => e.Event switch
        {
            AliasMoved m when m.Alias == alias => new AliasMoveView(e.Leaf!.Value, m.FromVersion, m.ToVersion, m.Share, e.Context.RecordedAt, e.Context.Actor.ToString(), e.Context.DecidedBy, m.Reason) { PinnedBy = m.PinnedBy },
            AliasRemoved r when r.Alias == alias => new(e.Leaf!.Value, r.FromVersion, null, null, e.Context.RecordedAt, e.Context.Actor.ToString(), e.Context.DecidedBy, r.Reason),
            _ => null,
        }).OfType<AliasMoveView>().ToList();
        return moves.Count > 0
            ? Results.Ok(new { found.Leaf, Skill = skill.SkillId, Alias = alias, Moves = moves })
            : Problems.Result(StatusCodes.Status404NotFound, "alias-unknown", $"{skill.SkillId} never had an alias '{alias}'; `alias list {skill.SkillId}` shows those there are");
    }

    private static Task<IReadOnlyList<RecordedEvent>> StreamAsync(EventStore store, string skillId, CancellationToken ct) =>
        store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Skill, skillId), sealedOnly: true, ct: ct);
}

internal sealed record ApprovalBody(int Version, string? Reason);

/// <param name="Share">Percent of the callers who are to get it, 0 to 100; null: all.</param>
internal sealed record MoveBody(int Version, string? Reason, int? Share);

/// <param name="To">Null where the alias was removed.</param>
internal sealed record AliasMoveView(long Leaf, int? From, int? To, int? Share, DateTimeOffset At, string Actor, string DecidedBy, string Reason)
{
    /// <summary>The stage whose release holds it there; null: none.</summary>
    public string? PinnedBy { get; init; }
}
