using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.CurateFamily;

/// <summary>Takes a family through its decision points, one by one, each on what was sealed up to it.</summary>
public sealed class FamilyCurator(EventStore store, Sealer sealer, LedgerWriter ledger, ActivePolicies policies, EpisodeReader episodes, CurationProgress progress)
{
    /// <summary>False when it lost too many races; what it decided until then stands.</summary>
    public async Task<bool> CurateAsync(string tenant, string familyId, CancellationToken ct)
    {
        // Many messages come for what one look has seen: they must not cost a reading of the whole stream each.
        if (!await progress.IsBehindAsync(tenant, familyId, ct)) return true;
        var streamId = Streams.Of(Streams.Family, familyId);
        var lookedThrough = await progress.EvidenceSeenAsync(tenant, familyId, ct);
        while (true)
        {
            // Only what is sealed is looked at: the evidence that called for this, and the decision made a moment ago.
            await sealer.SealAllAsync(ct);
            var history = await store.ReadStreamAsync(tenant, streamId, sealedOnly: true, ct: ct);
            var next = NextPoint(await policies.LoadAsync(tenant, ct), history, lookedThrough);
            if (next is null)
            {
                await progress.SaveAsync(tenant, familyId, EvidenceEvents(history).Count(), history.Count == 0 ? 0 : history[^1].Version, ct);
                return true;
            }
            if (!await DecideAsync(tenant, history, next, ct)) return false;
            lookedThrough = next.Number;
        }
    }

    private static DecisionPoint? NextPoint(PolicyTimeline timeline, IReadOnlyList<RecordedEvent> history, int lookedThrough)
    {
        var number = 0;
        var admitted = new HashSet<string>(StringComparer.Ordinal);
        var skillSince = history.Select(e => e.Event).OfType<FamilyEvent.CurationDecided>().FirstOrDefault(d => d.Result is not null)?.ThroughEvidence ?? int.MaxValue;
        foreach (var evidence in EvidenceEvents(history))
        {
            // A verdict that changed or evidence that went may be about what a skill says now: it is looked at at once.
            var corrects = evidence.Event is not FamilyEvent.EvidenceAdmitted { EvidenceId: var id } || !admitted.Add(id);
            if (++number <= lookedThrough) continue;
            // While there is no skill, each success may be the one that was missing.
            var mayBegin = number <= skillSince && evidence.Event is FamilyEvent.EvidenceAdmitted { Outcome.IsVerifiedSuccess: true };
            if (timeline.At(evidence.Leaf!.Value) is { } active && (corrects || mayBegin || DecisionPoints.Includes(number, active.Policy)))
                return new(number, evidence, active);
        }
        return null;
    }

    private async Task<bool> DecideAsync(string tenant, IReadOnlyList<RecordedEvent> history, DecisionPoint point, CancellationToken ct)
    {
        var family = AsOf(history, point.Number);
        var mined = await episodes.ReadAsync(tenant, family.Id, EvidenceSelection.Select(family.Evidence, point.Active.Policy), ct);
        var context = new EventContext
        {
            Tenant = tenant,
            Actor = new(ActorKind.Policy, point.Active.Reference.Id),
            CausationId = point.Evidence.Id.ToString(),
            CorrelationId = point.Evidence.Context.CorrelationId,
            DecidedBy = $"{point.Active.Reference.Id}@{point.Active.Reference.Version}",
            RecordedAt = default,
        };

        var name = SkillNames.Of(family);
        Decision.Refused? refusal = null;
        while (true)
        {
            switch (await ledger.WriteAsync(context, read => DecideAsync(read, family, point, mined, name, refusal), ct))
            {
                // Somebody imported or wrote a skill of that name: this one gets a name of its own, always the same.
                case WriteOutcome.NameTaken or WriteOutcome.Refused { Code: "skill-exists" } when !name.EndsWith(NameSuffix(family), StringComparison.Ordinal):
                    name = SkillNames.Of(family, 64 - NameSuffix(family).Length) + NameSuffix(family);
                    break;
                case WriteOutcome.Written:
                    return true;
                case WriteOutcome.Contended:
                    return false;
                // What the ledger refuses is a conclusion too: it is put on record, and the family goes on.
                case WriteOutcome.Refused refused when refusal is null:
                    refusal = new(refused.Code, refused.Message);
                    break;
                case WriteOutcome.NameTaken taken when refusal is null:
                    refusal = new("name-taken", $"the name {taken.Name} is {taken.BySkillId}'s");
                    break;
                case var other:
                    throw new InvalidOperationException($"curation of {family.Id} cannot record its conclusion: {other.GetType().Name}");
            }
        }
    }

    private async Task<Write> DecideAsync(
        LedgerReader read, Family family, DecisionPoint point, IReadOnlyList<Domain.Curation.Composing.MinedEpisode> mined, string name, Decision.Refused? refusal)
    {
        var now = await read.FoldAsync(Streams.Of(Streams.Family, family.Id), Family.None, Family.Evolve);
        var skill = await read.FoldAsync(Streams.Of(Streams.Skill, family.Skill?.SkillId ?? name), Skill.None, Skill.Evolve);
        var conclusion = FamilyCuration.Decide(new()
        {
            Family = family,
            Leaf = point.Evidence.Leaf!.Value,
            At = point.Evidence.Context.RecordedAt,
            PolicyReference = point.Active.Reference,
            Policy = point.Active.Policy,
            Episodes = mined,
            Name = name,
            Skill = family.Skill is null ? Skill.None : skill.State,
            CurrentText = family.Skill is null ? "" : await episodes.TextOfAsync(skill.State),
        });

        if (refusal is not null) conclusion = conclusion.Instead(refusal);
        var concluded = FamilyDecider.Decide(new FamilyCommand.Conclude(conclusion.Decision), now.State);
        if (concluded is not Decision.Accepted { Events: { Count: > 0 } familyEvents } || conclusion.Command is not { } command)
            return new(concluded, concluded is Decision.Accepted { Events: var kept } ? [now.Append(Streams.Family, kept)] : []);
        var decided = SkillDecider.Decide(command, skill.State);
        if (decided is not Decision.Accepted { Events: var skillEvents }) return new(decided);
        return new(decided, [now.Append(Streams.Family, familyEvents), skill.Append(Streams.Skill, skillEvents)])
        {
            Contents = [.. conclusion.Package!.Files.Select(f => new ContentBlob(f.Content))],
            Claims = command is SkillCommand.Create create ? [new(create.Name, create.SkillId)] : [],
        };
    }

    /// <summary>The family as its evidence stood at a decision point, with what was decided at the points before.</summary>
    internal static Family AsOf(IReadOnlyList<RecordedEvent> history, int point)
    {
        var seen = 0;
        return Family.Fold(history.Select(e => e.Event).Where(e => e switch
        {
            FamilyEvent.EvidenceAdmitted or FamilyEvent.EvidenceWithdrawn => ++seen <= point,
            FamilyEvent.CurationDecided decided => decided.ThroughEvidence < point,
            _ => true,
        }));
    }

    private static IEnumerable<RecordedEvent> EvidenceEvents(IReadOnlyList<RecordedEvent> history) =>
        history.Where(e => e.Event is FamilyEvent.EvidenceAdmitted or FamilyEvent.EvidenceWithdrawn);

    private static string NameSuffix(Family family) => $"-{Digest.Short(family.Id, 6)}";

    /// <param name="Number">How many evidence events there are up to it.</param>
    /// <param name="Evidence">The last of them; its leaf and time are the decision's.</param>
    private sealed record DecisionPoint(int Number, RecordedEvent Evidence, ActivePolicy Active);
}
