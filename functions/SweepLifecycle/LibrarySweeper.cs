using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.Siblings;
using Pipeline.Domain.Curation.Sweeping;
using Pipeline.Domain.Curation.Usage;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Functions.CurateFamily;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Functions.SweepLifecycle;

/// <summary>Reads the library as it was sealed, lets the sweep decide, and appends what it decided, each conclusion in one transaction and
/// under the locks of the families that it is about.</summary>
public sealed class LibrarySweeper(
    EventStore store, LedgerFollower follower, LedgerWriter ledger, ActivePolicies policies, EpisodeReader episodes,
    CurationProgress progress, FamilyLocks locks, FamilyQueries families, PackageGuard packages)
{
    private const int PageSize = 500;

    public async Task<SweepReport> SweepAsync(string tenant, CancellationToken ct)
    {
        await follower.SettleAsync(ct);
        var leaf = (await store.SizeAsync(ct)).Sealed - 1;
        if ((await policies.LoadAsync(tenant, ct)).At(leaf + 1) is not { } active) return new(leaf, 0, []);
        var (swept, at, waiting) = await ReadAsync(tenant, leaf, active, ct);
        var input = new SweepInput
        {
            Leaf = leaf,
            At = at,
            PolicyReference = active.Reference,
            Policy = active.Policy,
            Families = swept,
            LeftOut = [.. waiting.Order(StringComparer.Ordinal)],
        };
        input = input with { Episodes = await EpisodesAsync(tenant, input, ct) };

        var done = new List<SweptOperation>();
        foreach (var conclusion in LibrarySweep.Decide(input))
            if (await WriteAsync(tenant, input, conclusion, ct) is { } operation) done.Add(operation);
        foreach (var family in swept.Where(f => f.Skill.FamilyId == f.Id))
            await SummariseAsync(tenant, active, family.Whole, family.Skill, [.. swept.Where(f => f.Skill.Id == family.Skill.Id && f.Id != family.Id).SelectMany(f => f.Whole.Evidence)], ct);
        foreach (var family in swept)
            foreach (var sibling in SiblingLines.SkillsOf(family.Whole))
                await SummariseAsync(tenant, active, family.Whole, (await ledger.Reader(tenant, ct).FoldAsync(Streams.Of(Streams.Skill, sibling), Skill.None, Skill.Evolve)).State, [], ct);
        await follower.SettleAsync(ct);
        return new(leaf, waiting.Count, done);
    }

    /// <summary>Families whose own decisions are not made yet are left to the next sweep.</summary>
    private async Task<(List<SweptFamily> Families, DateTimeOffset At, List<string> Waiting)> ReadAsync(string tenant, long leaf, ActivePolicy active, CancellationToken ct)
    {
        var (swept, at, waiting, read) = (new List<SweptFamily>(), DateTimeOffset.MinValue, new List<string>(), ledger.Reader(tenant, ct));
        for (long? after = null; ;)
        {
            var page = await families.ListAsync(tenant, after: after, limit: PageSize, cancellationToken: ct);
            foreach (var family in page.Items)
            {
                var history = await store.ReadStreamAsync(tenant, Streams.Of(Streams.Family, family.FamilyId), sealedOnly: true, ct: ct);
                var sealedThen = history.Where(e => e.Leaf <= leaf).ToList();
                if (await progress.EvidenceSeenAsync(tenant, family.FamilyId, ct) != FamilyHistory.EvidenceEvents(sealedThen).Count() || sealedThen.Count < history.Count)
                {
                    waiting.Add(family.FamilyId);
                    continue;
                }
                at = sealedThen.Max(e => e.Context.RecordedAt) is var recorded && recorded > at ? recorded : at;
                swept.Add(await SweptAsync(read, sealedThen, leaf));
            }
            if (page.Next is not { } next) return (swept, at, waiting);
            after = next;
        }
    }

    private async Task<SweptFamily> SweptAsync(LedgerReader read, IReadOnlyList<RecordedEvent> history, long leaf)
    {
        var whole = await KinReader.AloneAsync(read, FamilyHistory.AsOfLeaf(history, leaf));
        var family = await KinReader.MainAsync(read, whole);
        var skill = family.Skill is { } result ? (await read.FoldAsync(Streams.Of(Streams.Skill, result.SkillId), Skill.None, Skill.Evolve)).State : Skill.None;
        return new(family, Sighting.Of(history, whole), skill, await episodes.TextOfAsync(skill)) { Variants = await episodes.VariantsOfAsync(skill), Whole = whole };
    }

    private async Task<IReadOnlyDictionary<string, IReadOnlyList<MinedEpisode>>> EpisodesAsync(string tenant, SweepInput input, CancellationToken ct)
    {
        var read = new Dictionary<string, IReadOnlyList<MinedEpisode>>(StringComparer.Ordinal);
        foreach (var id in LibrarySweep.NeedsEpisodesOf(input))
            if (input.Families.FirstOrDefault(f => f.Id == id) is { } family)
                read[id] = await episodes.ReadAsync(tenant, id, EvidenceSelection.Select(family.Family.Evidence, input.Policy), ct);
        return read;
    }

    private async Task<SweptOperation?> WriteAsync(string tenant, SweepInput input, SweepConclusion conclusion, CancellationToken ct)
    {
        List<string> concerned = [.. conclusion.Decisions.Select(d => d.FamilyId).Order(StringComparer.Ordinal)];
        // Curation is at it: what it decides may change what the sweep saw. The next sweep comes.
        await using var held = await locks.TryTakeAsync(tenant, concerned, ct);
        if (held is null) return null;
        // What was looked at since, even where it changed nothing, was looked at without this.
        foreach (var id in concerned)
            if (await progress.EvidenceSeenAsync(tenant, id, ct) != input.Families.Single(f => f.Id == id).Family.EvidenceEvents) return null;
        if (conclusion.Merge is { } merge && await packages.ObjectionAsync(ledger.Reader(tenant, ct), merge.Package.Digest, ct) is { } refusal) conclusion = conclusion.Instead(refusal);
        var outcome = await ledger.WriteAsync(ContextOf(tenant, input, conclusion), read => SweepWrite.DecideAsync(read, input, conclusion), ct);
        // Revoked in this very moment. What the ledger refuses is a conclusion too: it is put on record, else every sweep would come to it anew.
        if (outcome is WriteOutcome.Refused refused)
        {
            conclusion = conclusion.Instead(new(refused.Code, refused.Message));
            outcome = await ledger.WriteAsync(ContextOf(tenant, input, conclusion), read => SweepWrite.DecideAsync(read, input, conclusion), ct);
        }
        var decision = conclusion.Decisions[0].Decision;
        return outcome is WriteOutcome.Written { Events.Count: > 0 } ? new(decision.Operation, decision.ReasonCode, decision.Reason, [.. decision.Candidates.Select(c => c.SkillId)]) : null;
    }

    private async Task SummariseAsync(string tenant, ActivePolicy active, Family family, Skill summarised, IReadOnlyList<FamilyEvent.EvidenceAdmitted> merged, CancellationToken ct)
    {
        var commands = UsageSummary.Of(family, merged, summarised, active.Policy);
        if (commands.Count == 0) return;
        await ledger.WriteAsync(ContextOf(tenant, active.Reference, Streams.Of(Streams.Skill, summarised.Id)), async read =>
        {
            var skill = await read.FoldAsync(Streams.Of(Streams.Skill, summarised.Id), Skill.None, Skill.Evolve);
            var events = new List<ILedgerEvent>();
            foreach (var command in commands)
            {
                var decided = SkillDecider.Decide(command, events.Aggregate(skill.State, Skill.Evolve));
                if (decided is not Decision.Accepted accepted) return new(decided);
                events.AddRange(accepted.Events);
            }
            return new(Decision.Of([.. events]), [skill.Append(Streams.Skill, events)]);
        }, ct);
    }

    private static EventContext ContextOf(string tenant, SweepInput input, SweepConclusion conclusion) =>
        ContextOf(tenant, input.PolicyReference, Streams.Of(Streams.Family, conclusion.Decisions[0].FamilyId));

    private static EventContext ContextOf(string tenant, PolicyReference policy, string about) => new()
    {
        Tenant = tenant,
        Actor = new(ActorKind.Policy, policy.Id),
        CausationId = "sweep",
        CorrelationId = about,
        DecidedBy = $"{policy.Id}@{policy.Version}",
        RecordedAt = default,
    };
}

/// <param name="Leaf">What was sealed up to it was looked at.</param>
/// <param name="Waiting">Families that were left out, because evidence of theirs had not been curated.</param>
/// <param name="Operations">What was put on record.</param>
public sealed record SweepReport(long Leaf, int Waiting, IReadOnlyList<SweptOperation> Operations);

/// <param name="Skills">That it is about, the one that stays first.</param>
public sealed record SweptOperation(CurationOperation Operation, string ReasonCode, string Reason, IReadOnlyList<string> Skills);
