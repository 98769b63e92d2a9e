using MediatR;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.LedgerApi;

/// <summary>What a command would change if it were run now: decided as <see cref="RunSkillCommand"/> decides it, and not written.</summary>
public sealed record PreviewSkillCommand(string IdOrName, SkillCommand Command) : IRequest<SkillCommandPreview>;

public sealed class PreviewSkillCommandHandler(LedgerWriter ledger, EventStore store, SkillViews views, SkillCommandDecisions decisions) : IRequestHandler<PreviewSkillCommand, SkillCommandPreview>
{
    public async Task<SkillCommandPreview> Handle(PreviewSkillCommand request, CancellationToken ct)
    {
        if ((await views.FindAsync(request.IdOrName, ct)).Value is not { } found)
            return new(0, (SkillCommandOutcome.Refused)RunSkillCommandHandler.NoSuchSkill(request.IdOrName), []);
        var read = ledger.Reader(EventContext.DefaultTenant, ct);
        var decided = await decisions.DecideAsync(read, found.SkillId, request.Command, withOthers: true, ct);
        if (request.Command is SkillCommand.MoveAlias { Follows: null } move && TrustEndpoints.WhyNotMoved(move.Alias) is { } automatic) return new(decided.Skill.Version, automatic, []);
        if (decided.Decision is Decision.Refused refused)
            return new(decided.Skill.Version, (SkillCommandOutcome.Refused)RunSkillCommandHandler.Answer(new WriteOutcome.Refused(refused.Code, refused.Message), null, ""), []);
        // Only living skills have their names for themselves.
        if (decided.Events.Any(e => e is SkillEvent.SkillReinstated) && await store.NameHolderAsync(EventContext.DefaultTenant, decided.After.Name, ct) is { } holder && holder != found.SkillId)
            return new(decided.Skill.Version, (SkillCommandOutcome.Refused)RunSkillCommandHandler.Answer(new WriteOutcome.NameTaken(decided.After.Name, holder), null, ""), []);
        List<SkillChange> changes = decided.Events.Count > 0 ? [SkillChange.Of(decided.Skill.State, decided.Events)] : [];
        foreach (var append in decided.Elsewhere)
            changes.Add(SkillChange.Of((await read.FoldAsync(append.StreamId, Skill.None, Skill.Evolve)).State, append.Events));
        return new(decided.Skill.Version, null, changes);
    }
}

/// <param name="StreamVersion">Of the skill that the command is to.</param>
/// <param name="Refusal">Why it would be refused; null where it would be done.</param>
/// <param name="Changes">The skill itself first, where it changes; none where the command is in effect already.</param>
public sealed record SkillCommandPreview(long StreamVersion, SkillCommandOutcome.Refused? Refusal, IReadOnlyList<SkillChange> Changes)
{
    /// <summary>The same for previews that show the same.</summary>
    public string Digest => CanonicalJson.DigestOf(new { StreamVersion, Refused = Refusal?.Code ?? "", Changes });
}

/// <param name="Before">What the skill was; the same as <paramref name="After"/> where that stays.</param>
/// <param name="Events">In short, in the order in which they go on record.</param>
public sealed record SkillChange(string Skill, string Name, Lifecycle Before, Lifecycle After, IReadOnlyList<VersionChange> Versions, IReadOnlyList<AliasChange> Aliases, IReadOnlyList<string> Events)
{
    public static SkillChange Of(Skill before, IReadOnlyList<ILedgerEvent> events)
    {
        var after = events.Aggregate(before, Domain.Skills.Skill.Evolve);
        return new(
            after.Id, after.Name, before.Lifecycle, after.Lifecycle,
            [.. from version in after.Versions
                let was = before.Version(version.Number) is { } old ? StandingView.Of(before, old) : null
                let becomes = StandingView.Of(after, version)
                where was != becomes
                select new VersionChange(version.Number, was, becomes, version.Denials)],
            [.. from alias in before.Aliases.Keys.Union(after.Aliases.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
                let was = AliasAt.Of(before, alias)
                let becomes = AliasAt.Of(after, alias)
                where was != becomes
                select new AliasChange(alias, was, becomes)],
            [.. events.Select(EventSummary.Of)]);
    }
}

/// <param name="Before">Null where there was no such version.</param>
/// <param name="Denials">Why it is trusted no further then.</param>
public sealed record VersionChange(int Version, StandingView? Before, StandingView After, IReadOnlyList<string> Denials);

/// <param name="Approvals">How many people approved its package.</param>
public sealed record StandingView(Tier Tier, bool Revoked, int Approvals)
{
    public static StandingView Of(Skill skill, SkillVersion version) =>
        new(version.Tier, skill.IsRevoked(version), skill.Approvals.Count(a => a.PackageDigest == version.PackageDigest));
}

/// <param name="Before">Null where it named nothing; so is <paramref name="After"/>.</param>
public sealed record AliasChange(string Alias, AliasAt? Before, AliasAt? After);

/// <param name="Share">Percent of the callers who are given it.</param>
public sealed record AliasAt(int Version, int Share)
{
    internal static AliasAt? Of(Skill skill, string alias) =>
        skill.Aliases.TryGetValue(alias, out var version) ? new(version, skill.Shares.GetValueOrDefault(alias)?.Percent ?? CanaryShare.All) : null;
}
