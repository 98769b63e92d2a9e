using System.Text;
using System.Text.Json;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Erasure;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Functions.CurateFamily;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.RunValidation;
using Pipeline.Infra.Blobs;
using Pipeline.Infra.Payloads;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Functions.EraseSubject;

/// <summary>Erases a data subject for good: looks what was derived from its runs and says what only they said, destroys the key, lets the ledger say so,
/// and deletes those contents. Each step can be done again, and the sweep goes on where a program died.</summary>
/// <remarks>The ledger keeps what it always had of the runs: digests under the destroyed key, names of tools, outcomes. So every proof still holds.</remarks>
public sealed class SubjectErasure(
    Erasures erasures, PurgedContents purged, SubjectKeys keys, PayloadVault vault, EpisodeReader episodes, EventStore store, SkillQueries queries, SkillDescendants descendants,
    SkillStanding standing, LedgerWriter ledger, LedgerFollower follower, Sealer sealer, TimeProvider time, ILogger<SubjectErasure> logger) : IDisposable
{
    private const int ContentsAtOnce = 100;

    // Longer than any program keeps a key or an episode in memory.
    private static readonly TimeSpan LateFor = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _one = new(1, 1);

    public void Dispose() => _one.Dispose();

    /// <summary>What would be erased, or null where the ledger knows nothing of such a subject.</summary>
    public async Task<ErasurePlan?> PlanAsync(DataSubject subject, string reason, Actor actor, CancellationToken ct)
    {
        await follower.SettleAsync(ct);
        var through = (await store.SizeAsync(ct)).Sealed;
        var trajectories = (await erasures.TrajectoriesAsync(subject, ct)).ToHashSet(StringComparer.Ordinal);
        if (trajectories.Count == 0 && await keys.FindAsync(subject, ct) is SubjectKeyState.Unknown) return null;
        var derived = await DerivedText.OfAsync(subject.Tenant, trajectories, store, queries, descendants, ct);
        return new(reason, actor.ToString(), [.. trajectories.Order(StringComparer.Ordinal)], await QuotingAsync(subject.Tenant, derived, trajectories, ct), through);
    }

    /// <returns>What was erased; null where the ledger knows nothing of such a subject.</returns>
    public async Task<SubjectErasedView?> EraseAsync(DataSubject subject, string reason, Actor actor, CancellationToken ct)
    {
        if (await PlanAsync(subject, reason, actor, ct) is not { } plan) return null;
        // One that was begun before, and whose runs nobody can read any more, had found what this one could not.
        return await FinishAsync(subject, await erasures.BeginAsync(subject, plan, time.GetUtcNow(), ct), ct);
    }

    /// <summary>Goes on with erasures that were begun and not done, and looks once more at those that were done a moment ago.</summary>
    public async Task ResumeAsync(string tenant, CancellationToken ct)
    {
        foreach (var (subject, plan) in await erasures.DueAsync(tenant, time.GetUtcNow() - LateFor, ct))
        {
            try
            {
                await FinishAsync(subject, plan, ct);
            }
            // The others must not wait for it; it comes again. Its name is nobody's business here.
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                logger.LogError("An erasure could not be finished: {Problem}", e.GetType().Name);
            }
        }
    }

    private async Task<SubjectErasedView> FinishAsync(DataSubject subject, ErasurePlan plan, CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            var left = await EraseAsync(subject, ct);
            // What came in while it was looked at is the subject's, too.
            await follower.SettleAsync(ct);
            HashSet<string> trajectories = [.. plan.Trajectories, .. await erasures.TrajectoriesAsync(subject, ct)];
            episodes.Forget(subject.Tenant, trajectories);
            var derived = await DerivedText.OfAsync(subject.Tenant, trajectories, store, queries, descendants, ct);
            var told = (await purged.LeavesAsync(subject.Tenant, [.. derived.Contents.Keys], -1, ct)).ToDictionary(t => t.Key, t => t.Value.Last, StringComparer.Ordinal);
            var erased = ErasedText.Of(plan, derived, trajectories, told);
            erased.Keep(await erasures.ElsewhereAsync(subject.Tenant, derived.Skills.Keys, erased.Purge, ct));
            foreach (var (skill, versions) in erased.Versions) await RevokeAsync(subject.Tenant, skill, versions, plan, ct);
            foreach (var id in trajectories.Order(StringComparer.Ordinal)) await RecordAsync(subject.Tenant, id, plan, erased.PurgedWith(id), erased.Again, ct);
            if (trajectories.Count == 0) await RecordAsync(subject, plan, ct);
            // Whoever misses a file must find the event that says why.
            await follower.SettleAsync(ct);
            if (sealer.Guard.Stopped is { } stop)
                return ViewOf(subject, trajectories, erased) with { Pending = $"nobody can read the runs any more; the texts made of them go when the log is sealed again: {stop.Reason}" };
            await erasures.PurgeAsync(erased.Purge, ct);
            if (left is not null) return ViewOf(subject, trajectories, erased) with { Pending = left };
            await erasures.DoneAsync(subject, time.GetUtcNow(), ct);
            return ViewOf(subject, trajectories, erased);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <returns>What is left to be done by the sweep; null: nothing.</returns>
    private async Task<string?> EraseAsync(DataSubject subject, CancellationToken ct)
    {
        try
        {
            await vault.EraseAsync(subject, ct);
            return null;
        }
        // The key goes first: without it the payloads are nobody's. They must not keep the ledger from saying so.
        catch (BlobStorageException e)
        {
            logger.LogError("Payloads of an erased subject could not be deleted yet: {Problem}", e.Message);
            return $"nobody can read the runs any more; their encrypted payloads are deleted when the storage takes that: {e.Message}";
        }
    }

    private static SubjectErasedView ViewOf(DataSubject subject, IReadOnlySet<string> trajectories, ErasedText erased) =>
        new(subject.Subject, trajectories.Count, erased.Purge.Count, [.. erased.Versions.SelectMany(v => v.Numbers.Select(n => $"{v.Skill}@{n}"))]);

    private async Task<IReadOnlyList<string>> QuotingAsync(string tenant, DerivedText derived, IReadOnlySet<string> trajectories, CancellationToken ct)
    {
        var search = new QuoteSearch();
        foreach (var some in derived.Contents.Keys.Order(StringComparer.Ordinal).Chunk(ContentsAtOnce))
            foreach (var (digest, bytes) in await store.ReadContentsAsync(some, ct))
                foreach (var text in SpokenText.Within(Encoding.UTF8.GetString(bytes))) search.Add(digest, text);
        foreach (var id in trajectories)
            foreach (var text in await SpokenAsync(tenant, id, ct)) search.Hear(text);
        foreach (var id in derived.OtherRuns.TakeWhile(_ => !search.IsClear))
            foreach (var text in await SpokenAsync(tenant, id, ct)) search.HearOther(text);
        return search.Quoting();
    }

    private async Task<IEnumerable<string>> SpokenAsync(string tenant, string trajectoryId, CancellationToken ct)
    {
        var record = TrajectoryRecord.Fold((await store.ReadStreamAsync(tenant, Streams.Of(Streams.Trajectory, trajectoryId), ct: ct)).Select(e => e.Event));
        if (record.Facts is not { } facts || await vault.LoadAsync(tenant, facts.Subject, facts.Payload, ct) is not PayloadLoaded.Content content) return [];
        var run = new CloudEvent { Id = facts.SourceId, Source = facts.Source, Type = EventTypes.Trajectory, Data = JsonElement.Parse(content.CanonicalJson, new JsonDocumentOptions { MaxDepth = StrictJson.MaxDepth }) };
        return TrajectoryReader.Read(run).Try(out var trajectory, out _) ? SpokenText.In(trajectory) : [];
    }

    // Its text is gone: it can be served to nobody any more.
    private async Task RevokeAsync(string tenant, string skillId, IReadOnlyList<int> versions, ErasurePlan plan, CancellationToken ct)
    {
        var written = await ledger.WriteAsync(ContextOf(tenant, Streams.Of(Streams.Skill, skillId), plan), async read =>
        {
            var skill = await read.FoldAsync(Streams.Of(Streams.Skill, skillId), Skill.None, Skill.Evolve);
            var (state, events) = (skill.State, new List<ILedgerEvent>());
            foreach (var version in versions)
            {
                if (SkillDecider.Decide(new SkillCommand.Revoke(version, "it said what only an erased data subject's runs had said"), state) is not Decision.Accepted { Events: var decided }) continue;
                events.AddRange(decided);
                state = decided.Aggregate(state, Skill.Evolve);
            }
            if (events.Count > 0) events.AddRange(await standing.FollowingAsync(read, state, ct));
            return new(Decision.Nothing, [skill.Append(Streams.Skill, events)]);
        }, ct);
        Require(written, skillId);
    }

    private async Task RecordAsync(string tenant, string trajectoryId, ErasurePlan plan, IReadOnlyList<string> purge, IReadOnlyCollection<string> again, CancellationToken ct)
    {
        var stream = Streams.Of(Streams.Trajectory, trajectoryId);
        Require(await ledger.WriteAsync(ContextOf(tenant, stream, plan), async read =>
        {
            var run = await read.FoldAsync(stream, TrajectoryRecord.None, TrajectoryRecord.Evolve);
            var decision = TrajectoryDecider.Decide(new TrajectoryCommand.EraseSubject(plan.Reason, purge, again), run.State);
            return new(decision, decision is Decision.Accepted accepted ? [run.Append(Streams.Trajectory, accepted.Events)] : []);
        }, ct), trajectoryId);
    }

    // Messages that were refused or wait somewhere are a subject's, too: who asked, and that the name stays closed, must be on record.
    private async Task RecordAsync(DataSubject subject, ErasurePlan plan, CancellationToken ct)
    {
        var stream = Streams.Of(Streams.Subject, Digest.Short(subject.Subject, 24));
        Require(await ledger.WriteAsync(ContextOf(subject.Tenant, stream, plan), async read =>
        {
            var told = await read.FoldAsync(stream, TrajectoryRecord.None, TrajectoryRecord.Evolve);
            var decision = told.State.IsErased ? Decision.Nothing : Decision.Of(new TrajectoryEvent.SubjectErased(subject.Subject, "", plan.Reason));
            return new(decision, decision is Decision.Accepted accepted ? [told.Append(Streams.Subject, accepted.Events)] : []);
        }, ct), stream);
    }

    // The sweep tries again: the plan stands until all of it is done.
    private static void Require(WriteOutcome outcome, string what)
    {
        if (outcome is not WriteOutcome.Written) throw new InvalidOperationException($"the erasure could not be written to {what}: {outcome.GetType().Name}; it goes on with the next sweep");
    }

    private static EventContext ContextOf(string tenant, string stream, ErasurePlan plan) => new()
    {
        Tenant = tenant,
        Actor = Actor.Parse(plan.Actor),
        CausationId = "erasure",
        CorrelationId = stream,
        DecidedBy = ProgramVersion.Name,
        RecordedAt = default,
    };
}

/// <param name="Runs">Of the subject, on record.</param>
/// <param name="Contents">That were deleted because they said what only those runs had said.</param>
/// <param name="Revoked">Versions that had one of them, as <c>SKILL@VERSION</c>.</param>
public sealed record SubjectErasedView(string Subject, int Runs, int Contents, IReadOnlyList<string> Revoked)
{
    /// <summary>What is left to be done, and on what it waits; null when all is done.</summary>
    public string? Pending { get; init; }
}
