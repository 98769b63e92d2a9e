using System.Collections.Concurrent;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Functions.Reading;

/// <summary>Skills as they were at a moment: from the catalogue for now, from their streams for what was.</summary>
public sealed class SkillsAsOf(SkillQueries queries, EventStore store)
{
    private const int PageSize = 500;
    private const int MostKept = 4;

    // Nothing of these is in a list, and most events of a skill are of them.
    private static readonly string[] s_unlisted = ["validation_requested", "validation_completed", "approval_given", "approval_withdrawn", "usage_summarised"];

    // What was does not change: whoever turns its pages need not wait for it again.
    private readonly ConcurrentDictionary<long, IReadOnlyList<ListedSkill>> _then = new();

    /// <summary>All skills, the living and the dead, by name.</summary>
    public async Task<IReadOnlyList<ListedSkill>> AllAsync(LedgerMoment moment, CancellationToken ct)
    {
        if (moment.IsNow) return Ordered(await CataloguedAsync(ct));
        if (_then.TryGetValue(moment.Leaves, out var known)) return known;
        var then = Ordered(await FoldedAsync(moment.Leaves, ct));
        if (_then.Count >= MostKept) _then.Clear();
        return _then[moment.Leaves] = then;
    }

    private static IReadOnlyList<ListedSkill> Ordered(IReadOnlyList<ListedSkill> all) => [.. all.OrderBy(s => s.Name, StringComparer.Ordinal).ThenBy(s => s.Id, StringComparer.Ordinal)];

    /// <summary>One skill with its history up to the moment.</summary>
    /// <param name="idOrName">The name is looked up as it is today.</param>
    /// <returns>Null where there was none.</returns>
    public async Task<SkillThen?> FindAsync(string idOrName, LedgerMoment moment, CancellationToken ct)
    {
        var stream = await StreamAsync(idOrName, moment, ct);
        if (stream.Count == 0 && (await queries.FindAsync(EventContext.DefaultTenant, idOrName, ct)).Value is { } named)
            stream = await StreamAsync(named.SkillId, moment, ct);
        return stream.Count > 0 && SkillFold.Of(stream) is { Skill.Lifecycle: not Lifecycle.Unborn } fold ? new(fold.Skill, stream, Made(fold)) : null;
    }

    private Task<IReadOnlyList<RecordedEvent>> StreamAsync(string id, LedgerMoment moment, CancellationToken ct) =>
        store.ReadStreamAsOfAsync(EventContext.DefaultTenant, Streams.Of(Streams.Skill, id), moment.Leaves, ct);

    private async Task<IReadOnlyList<ListedSkill>> CataloguedAsync(CancellationToken ct)
    {
        var all = new List<ListedSkill>();
        for (long? after = null; ;)
        {
            var page = await queries.ListAsync(EventContext.DefaultTenant, new(), after, PageSize, ct);
            all.AddRange(page.Items.Select(i => ListedSkill.Of(i.Skill, i.Version?.Tier)));
            if ((after = page.Next) is null) return all;
        }
    }

    private async Task<IReadOnlyList<ListedSkill>> FoldedAsync(long leaves, CancellationToken ct)
    {
        var (all, stream) = (new List<ListedSkill>(), new List<RecordedEvent>());
        await foreach (var recorded in store.ReadStreamsOfTypeAsOfAsync(EventContext.DefaultTenant, Streams.Skill, leaves, s_unlisted, ct))
        {
            if (stream.Count > 0 && stream[0].StreamId != recorded.StreamId) Close();
            stream.Add(recorded);
        }
        Close();
        return all;

        void Close()
        {
            if (stream.Count > 0 && SkillFold.Of(stream) is { Skill.Lifecycle: not Lifecycle.Unborn } fold) all.Add(ListedSkill.Of(fold.Row(), fold.Skill.AtLatest?.Tier));
            stream.Clear();
        }
    }

    private static IReadOnlyList<VersionThen> Made(SkillFold fold) =>
        [.. fold.Skill.Versions.Zip(fold.Made, (version, made) => new VersionThen(version, made.Content, made.By, fold.Skill.IsRevoked(version)))];
}

/// <param name="Version">Where <c>latest</c> points; null where nothing is served.</param>
/// <param name="Tier">Of that version.</param>
public sealed record ListedSkill(
    string Id, string Name, string Description, string Environment, string Family, SkillOrigin Origin, SkillKind Kind, Lifecycle Status,
    int? Version, Tier? Tier, int Versions, IReadOnlyDictionary<string, int> Aliases, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt, long UpdatedLeaf)
{
    internal static ListedSkill Of(CataloguedSkill s, Tier? tier) => new(
        s.SkillId, s.Name, s.Description, s.Environment, s.FamilyId, s.Origin, s.Kind, s.Status,
        s.LatestVersion, tier, s.Versions, s.Aliases, s.CreatedAt, s.UpdatedAt, s.UpdatedLeaf);
}

/// <param name="Stream">Its sealed events up to the moment, by version.</param>
/// <param name="Versions">By number from 1.</param>
public sealed record SkillThen(Skill Skill, IReadOnlyList<RecordedEvent> Stream, IReadOnlyList<VersionThen> Versions)
{
    /// <summary>Null where there was no such version.</summary>
    public VersionThen? Version(int number) => number >= 1 && number <= Versions.Count ? Versions[number - 1] : null;
}

/// <param name="Content">What it came with; of a restored version that of the one restored.</param>
/// <param name="By">The event that made it.</param>
public sealed record VersionThen(SkillVersion Version, VersionContent Content, RecordedEvent By, bool Revoked)
{
    public int Number => Version.Number;
}
