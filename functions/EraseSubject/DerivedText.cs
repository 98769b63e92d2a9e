using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.ReadModels;

namespace Pipeline.Functions.EraseSubject;

/// <summary>What was made of some runs: the skills and contents that may say something of them, by family.</summary>
/// <param name="Skills">By id, with their streams.</param>
/// <param name="Contents">By digest, with the last leaf that names each; no leaf: one that is not sealed.</param>
/// <param name="OtherRuns">Runs of anybody else that stand behind the same families.</param>
internal sealed record DerivedText(
    IReadOnlyDictionary<string, IReadOnlyList<RecordedEvent>> Skills, IReadOnlyDictionary<string, long?> Contents, IReadOnlySet<string> OtherRuns)
{
    private const int PageSize = 500;

    /// <param name="trajectories">Ids of the runs.</param>
    public static async Task<DerivedText> OfAsync(string tenant, IReadOnlySet<string> trajectories, EventStore store, SkillQueries queries, SkillDescendants descendants, CancellationToken ct)
    {
        var families = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var id in trajectories)
            foreach (var e in await store.ReadStreamAsync(tenant, Streams.Of(Streams.Trajectory, id), ct: ct))
                if (e.Event is TrajectoryEvent.TrajectoryRecorded recorded) families.UnionWith(recorded.Episodes.Select(p => p.FamilyId));

        var contents = new Dictionary<string, long?>(StringComparer.Ordinal);
        var others = new HashSet<string>(StringComparer.Ordinal);
        var skills = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var family in families)
        {
            foreach (var e in await store.ReadStreamAsync(tenant, Streams.Of(Streams.Family, family), ct: ct))
            {
                if (e.Event is FamilyEvent.EvidenceAdmitted { TrajectoryId: var run } && !trajectories.Contains(run)) others.Add(run);
                foreach (var digest in ContentsOf(e.Event)) contents[digest] = e.Leaf;
            }
            foreach (var id in await SkillsOfAsync(tenant, family, queries, ct))
            {
                skills.Add(id);
                skills.UnionWith(await descendants.OfAsync(tenant, id, ct));
            }
        }

        var streams = new Dictionary<string, IReadOnlyList<RecordedEvent>>(StringComparer.Ordinal);
        foreach (var id in skills)
        {
            streams[id] = await store.ReadStreamAsync(tenant, Streams.Of(Streams.Skill, id), ct: ct);
            foreach (var e in streams[id])
                foreach (var digest in ContentsOf(e.Event)) contents[digest] = e.Leaf;
        }
        return new(streams, contents, others);
    }

    /// <summary>Contents that an event names and that were made of what runs said. (Policies, prompts and rules are made by people.)</summary>
    private static IEnumerable<string> ContentsOf(ILedgerEvent @event) => @event switch
    {
        SkillEvent.SkillCreated e => FilesOf(e.Content),
        SkillEvent.SkillImproved e => FilesOf(e.Content),
        SkillEvent.SkillMerged e => FilesOf(e.Content),
        SkillEvent.ValidationCompleted { ReportDigest: { Length: > 0 } report } => [report],
        FamilyEvent.ModelConsulted e => new[] { e.RequestDigest, e.ResponseDigest }.OfType<string>(),
        FamilyEvent.CurationDecided { Composition: { } c } => [c.DraftDigest, c.RequestDigest],
        _ => [],
    };

    private static IEnumerable<string> FilesOf(VersionContent content) => content.Package.Files.Select(f => f.Sha256);

    private static async Task<IReadOnlyList<string>> SkillsOfAsync(string tenant, string family, SkillQueries queries, CancellationToken ct)
    {
        var ids = new List<string>();
        for (long? after = null; ;)
        {
            var page = await queries.ListAsync(tenant, new(FamilyId: family), after, PageSize, ct);
            ids.AddRange(page.Items.Select(s => s.Skill.SkillId));
            if (page.Next is not { } next) return ids;
            after = next;
        }
    }
}
