using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Telemetry;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Hosting;

/// <summary>Load, decide, append: the one way in which anything gets into the ledger. Who lost a race reads and decides again.</summary>
/// <remarks>Sealing follows at once, woken by the append, for all that was committed meanwhile together; who needs it done calls
/// <see cref="LedgerFollower.SettleAsync"/>.</remarks>
public sealed class LedgerWriter(EventStore store, FoldCache cache, CommitSignal commits, TimeProvider time)
{
    private const int MostTries = 40;

    /// <summary>Reads for a decision that writes nothing yet.</summary>
    public LedgerReader Reader(string tenant, CancellationToken ct) => new(store, cache, tenant, ct);

    /// <param name="context">Its time is set here, once per try.</param>
    public async Task<WriteOutcome> WriteAsync(EventContext context, Func<LedgerReader, Task<Write>> decide, CancellationToken ct)
    {
        if (context.TraceParent.Length == 0) context = context with { TraceParent = Traces.Current };
        for (var attempt = 1; attempt <= MostTries; attempt++)
        {
            var write = await decide(new(store, cache, context.Tenant, ct));
            if (write.Decision is Decision.Refused refused) return Refused(refused);
            var appends = write.Appends.Where(a => a.Events.Count > 0).ToList();
            if (appends.Count == 0 && write.Inbox is null) return WriteOutcome.Nothing;

            switch (await store.AppendAsync(write.ToTransaction(context with { RecordedAt = time.GetUtcNow() }, appends), ct))
            {
                case AppendOutcome.Appended appended:
                    commits.Set();
                    Meters.Decided(appends.SelectMany(a => a.Events));
                    return new WriteOutcome.Written(appended.Versions, [.. appends.SelectMany(a => a.Events)]);
                case AppendOutcome.AlreadyHandled handled:
                    return new WriteOutcome.AlreadyHandled(handled.Existing);
                case AppendOutcome.NameTaken taken:
                    return new WriteOutcome.NameTaken(taken.Name, taken.BySkillId);
                case AppendOutcome.PackageRevoked { SkillId: var holder }:
                    var lost = await Reader(context.Tenant, ct).FoldAsync(Streams.Of(Streams.Skill, holder), Skill.None, Skill.Evolve);
                    return Refused(PackageUse.In(appends).Made.Select(package => RevokedPackage.Objection(package, [lost.State])).OfType<Decision.Refused>().First());
                case AppendOutcome.VersionConflict:
                    foreach (var append in appends.Concat(write.Holds)) cache.Forget(context.Tenant, append.StreamId);
                    await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(1, 5 * Math.Min(attempt, 10))), time, ct);
                    break;
            }
        }
        return new WriteOutcome.Contended();
    }

    private static WriteOutcome.Refused Refused(Decision.Refused refused)
    {
        Meters.Refused("ledger", refused.Code);
        return new(refused.Code, refused.Message);
    }
}

/// <summary>Reads streams for a decision, and remembers where they stood.</summary>
public sealed class LedgerReader(EventStore store, FoldCache cache, string tenant, CancellationToken ct)
{
    public string Tenant => tenant;

    /// <summary>The stream's state. Of a stream folded before, only what came since is read.</summary>
    public async Task<Folded<T>> FoldAsync<T>(string streamId, T none, Func<T, ILedgerEvent, T> evolve) where T : class
    {
        var (version, state) = cache.Get(tenant, streamId, none);
        var events = await store.ReadStreamAsync(tenant, streamId, version, ct: ct);
        if (events.Count == 0) return new(streamId, version, state);
        state = events.Aggregate(state, (s, e) => evolve(s, e.Event));
        cache.Set(tenant, streamId, events[^1].Version, state);
        return new(streamId, events[^1].Version, state);
    }
}

public sealed record Folded<T>(string StreamId, long Version, T State)
{
    public StreamAppend Append(string streamType, IReadOnlyList<ILedgerEvent> events) => new(StreamId, streamType, Version, events);
}

/// <summary>What was decided, and what of it goes into the ledger.</summary>
public sealed record Write(Decision Decision, IReadOnlyList<StreamAppend> Appends)
{
    public Write(Decision decision) : this(decision, []) { }

    public InboxEntry? Inbox { get; init; }
    public IReadOnlyList<ContentBlob> Contents { get; init; } = [];

    /// <summary>Streams that the decision rests on and that get nothing of it: where one moves meanwhile, it is decided again. All must be there.</summary>
    public IReadOnlyList<StreamAppend> Holds { get; init; } = [];
    public IReadOnlyList<NameClaim> Claims { get; init; } = [];
    public IReadOnlyList<NameClaim> Releases { get; init; } = [];

    internal LedgerTransaction ToTransaction(EventContext context, IReadOnlyList<StreamAppend> appends) => new()
    {
        Context = context,
        Streams = [.. appends, .. Holds.Where(h => appends.All(a => a.StreamId != h.StreamId))],
        Inbox = Inbox,
        Contents = Contents,
        ClaimedNames = Claims,
        ReleasedNames = Releases,
        Packages = PackageUse.In(appends),
    };
}

public abstract record WriteOutcome
{
    private WriteOutcome() { }

    public sealed record Written(IReadOnlyDictionary<string, long> Versions, IReadOnlyList<ILedgerEvent> Events) : WriteOutcome;

    /// <summary>The message had its effect before.</summary>
    public sealed record AlreadyHandled(InboxEntry Entry) : WriteOutcome;

    public sealed record Refused(string Code, string Message) : WriteOutcome;

    public sealed record NameTaken(string Name, string BySkillId) : WriteOutcome;

    /// <summary>Every try lost its race.</summary>
    public sealed record Contended : WriteOutcome;

    /// <summary>It was in effect already.</summary>
    public static Written Nothing { get; } = new(new Dictionary<string, long>(), []);
}
