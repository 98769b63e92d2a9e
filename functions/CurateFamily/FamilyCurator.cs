using System.Diagnostics;
using System.Text;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.LanguageModel;
using Pipeline.Domain.Curation.Siblings;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Telemetry;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.CurateFamily;

/// <summary>Takes a family through its decision points, one by one, each on what was sealed up to it.</summary>
public sealed class FamilyCurator(
    EventStore store, Sealer sealer, LedgerWriter ledger, ActivePolicies policies, EpisodeReader episodes, KinReader kin, CurationProgress progress, ModelConsultation model)
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
            var next = FamilyHistory.NextPoint(await policies.LoadAsync(tenant, ct), history, lookedThrough);
            if (next is null)
            {
                await progress.SaveAsync(tenant, familyId, FamilyHistory.EvidenceEvents(history).Count(), history.Count == 0 ? 0 : history[^1].Version, ct);
                return true;
            }
            if (!await DecideAsync(tenant, history, new(next, null), ct) || (SiblingLines.MayBe(history, next) && !await DecideSiblingsAsync(tenant, streamId, next, ct))) return false;
            lookedThrough = next.Number;
        }
    }

    // What was just decided about the main skill may propose one.
    private async Task<bool> DecideSiblingsAsync(string tenant, string streamId, DecisionPoint point, CancellationToken ct)
    {
        await sealer.SealAllAsync(ct);
        var history = await store.ReadStreamAsync(tenant, streamId, sealedOnly: true, ct: ct);
        foreach (var about in SiblingLines.At(history, point))
            if (!await DecideAsync(tenant, history, new(point, about), ct)) return false;
        return true;
    }

    private async Task<bool> DecideAsync(string tenant, IReadOnlyList<RecordedEvent> history, DueDecision due, CancellationToken ct)
    {
        // In the trace of the run whose evidence asks for it, whichever message led here.
        using var span = Traces.Continue("curate", ActivityKind.Internal, due.Point.Evidence.Context.TraceParent);
        var (point, recordedThen) = (due.Point, FamilyHistory.AsOf(history, due.Point.Number));
        var reader = ledger.Reader(tenant, ct);
        var family = due.Model is { } about ? recordedThen.SiblingFor(about) : await KinReader.MainAsync(reader, await KinReader.AloneAsync(reader, recordedThen));
        var learned = await kin.ReadAsync(reader, tenant, family, point.Evidence.Leaf!.Value, point.Active.Policy, ct);
        var context = new EventContext
        {
            Tenant = tenant,
            Actor = new(ActorKind.Policy, point.Active.Reference.Id),
            CausationId = point.Evidence.Id.ToString(),
            CorrelationId = point.Evidence.Context.CorrelationId,
            DecidedBy = $"{point.Active.Reference.Id}@{point.Active.Reference.Version}",
            TraceParent = Traces.Current is { Length: > 0 } current ? current : point.Evidence.Context.TraceParent,
            RecordedAt = default,
        };

        var isDistinct = false;
        // Outside of any transaction: a model takes its time. The family's lock is held. What a sibling says is the miner's word.
        var (input, _, now) = await InputAsync(reader, family, point, learned, isDistinct);
        var answer = due.Model is null && now.State.DecidedThrough < point.Number ? await model.AskAsync(context, input, ct) : null;
        Decision.Refused? refusal = null;
        while (true)
        {
            switch (await ledger.WriteAsync(context, read => DecideAsync(read, family, point, learned, isDistinct, answer, refusal), ct))
            {
                // Somebody imported or wrote a skill of that name: this one gets a name of its own, always the same.
                case WriteOutcome.NameTaken or WriteOutcome.Refused { Code: "skill-exists" } when !isDistinct:
                    isDistinct = true;
                    break;
                case WriteOutcome.Written written:
                    span?.SetTag("pipeline.curation.operation", written.Events.OfType<FamilyEvent.CurationDecided>().FirstOrDefault()?.Operation.ToString().ToLowerInvariant());
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

    private async Task<(CurationInput Input, Folded<Skill> Skill, Folded<Family> Now)> InputAsync(
        LedgerReader read, Family family, DecisionPoint point, (IReadOnlyList<Family> Merged, IReadOnlyList<MinedEpisode> Episodes) learned, bool isDistinct)
    {
        var now = await read.FoldAsync(Streams.Of(Streams.Family, family.Id), Family.None, Family.Evolve);
        var made = family.Skill is { } own ? await SkillAsync(read, own.SkillId) : null;
        var main = await MainAsync(read, family, made?.State ?? Skill.None);
        var name = isDistinct
            ? FamilyHistory.DistinctNameOf(family, learned.Episodes, point.Active.Policy, main?.Skill.Name)
            : FamilyHistory.NameOf(family, learned.Episodes, point.Active.Policy, main?.Skill.Name);
        var skill = made ?? await SkillAsync(read, name);
        return (new()
        {
            Family = family,
            Leaf = point.Evidence.Leaf!.Value,
            At = point.Evidence.Context.RecordedAt,
            PolicyReference = point.Active.Reference,
            Policy = point.Active.Policy,
            Episodes = learned.Episodes,
            Main = main,
            Merged = learned.Merged,
            Name = name,
            Skill = family.Skill is null ? Skill.None : skill.State,
            CurrentText = family.Skill is null ? "" : await episodes.TextOfAsync(skill.State),
            CurrentVariants = family.Skill is null ? "" : await episodes.VariantsOfAsync(skill.State),
            CurrentDraft = family.Skill is null ? "" : await episodes.DraftOfAsync(family, skill.State),
            Corrects = point.Corrects,
        }, skill, now);
    }

    private async Task<MainSkill?> MainAsync(LedgerReader read, Family view, Skill sibling)
    {
        if (MainSkill.IdFor(view, sibling) is not { } id) return null;
        var skill = (await SkillAsync(read, id)).State;
        return MainSkill.Of(id, skill, await episodes.TextOfAsync(skill), await episodes.VariantsOfAsync(skill));
    }

    private static Task<Folded<Skill>> SkillAsync(LedgerReader read, string id) => read.FoldAsync(Streams.Of(Streams.Skill, id), Skill.None, Skill.Evolve);

    private async Task<Write> DecideAsync(
        LedgerReader read, Family family, DecisionPoint point, (IReadOnlyList<Family> Merged, IReadOnlyList<MinedEpisode> Episodes) learned, bool isDistinct, ModelAnswer? answer, Decision.Refused? refusal)
    {
        var (input, skill, now) = await InputAsync(read, family, point, learned, isDistinct);
        var conclusion = FamilyCuration.Decide(input with { Answer = answer });
        if (refusal is not null) conclusion = conclusion.Instead(refusal);
        var concluded = FamilyDecider.Decide(new FamilyCommand.Conclude(conclusion.Decision), now.State);
        if (concluded is not Decision.Accepted { Events: { Count: > 0 } familyEvents } || conclusion.Command is not { } command)
            return new(concluded, concluded is Decision.Accepted { Events: var kept } ? [now.Append(Streams.Family, kept)] : []);
        // A skill that a family is given after it had one is a stream of its own.
        if (command is SkillCommand.Create made && made.SkillId != skill.State.Id) skill = await SkillAsync(read, made.SkillId);
        var decided = SkillDecider.Decide(command, skill.State);
        if (decided is not Decision.Accepted { Events: var skillEvents }) return new(decided);
        return new(decided, [now.Append(Streams.Family, familyEvents), skill.Append(Streams.Skill, skillEvents)])
        {
            Contents = [.. (conclusion.Package?.Files.Select(f => f.Content) ?? []).Concat(conclusion.Draft is { } draft ? [Encoding.UTF8.GetBytes(draft)] : []).Select(c => new ContentBlob(c))],
            // Only living skills have their names for themselves.
            Claims = command switch
            {
                SkillCommand.Create create => [new(create.Name, create.SkillId)],
                SkillCommand.Reinstate or SkillCommand.Renew => [new(skill.State.Name, skill.State.Id)],
                _ => [],
            },
            Releases = command is SkillCommand.Retire ? [new(skill.State.Name, skill.State.Id)] : [],
        };
    }
}
