using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Reading;

/// <summary>What a version was made from, and what was made from it: a hop each way from every version that is opened.</summary>
public sealed class Lineage(SkillsAsOf skills, SkillDescendants descendants)
{
    public const int MostOpen = 24;
    public const int MostNodes = 80;

    /// <param name="open">Versions to go on from, the one that it is about first. Those that are not there are left out.</param>
    public async Task<LineageGraph> AroundAsync(IReadOnlyList<VersionName> open, LedgerMoment moment, CancellationToken ct)
    {
        var known = new Dictionary<string, SkillThen?>(StringComparer.Ordinal);
        var (layers, edges, opened) = (new Dictionary<VersionName, int>(), new HashSet<LineageEdge>(), new HashSet<VersionName>());
        foreach (var name in open.Distinct().Take(MostOpen))
        {
            if (await VersionAsync(name) is not var (then, version) || layers.Count >= MostNodes) continue;
            opened.Add(name);
            var layer = layers.TryGetValue(name, out var at) ? at : layers[name] = 0;
            foreach (var source in then.Skill.SourcesOf(version.Version)) Link(new(source.SkillId, source.Version), name, layer - 1, KindOf(version));
            foreach (var (child, made) in await ChildrenAsync(then, name)) Link(name, new(child.Skill.Id, made.Number), layer + 1, KindOf(made));
        }

        var nodes = new List<LineageNode>();
        foreach (var (name, layer) in layers)
            if (await VersionAsync(name) is var (then, version)) nodes.Add(new(name, then, version, layer, opened.Contains(name)));
        var drawn = nodes.Select(n => n.Name).ToHashSet();
        return new(
            [.. nodes.OrderBy(n => n.Layer).ThenBy(n => n.Name.SkillId, StringComparer.Ordinal).ThenBy(n => n.Name.Version)],
            [.. edges.Where(e => drawn.Contains(e.From) && drawn.Contains(e.To))
                .OrderBy(e => e.From.SkillId, StringComparer.Ordinal).ThenBy(e => e.From.Version).ThenBy(e => e.To.SkillId, StringComparer.Ordinal).ThenBy(e => e.To.Version)]);

        void Link(VersionName from, VersionName to, int layer, string kind)
        {
            var other = layers.ContainsKey(from) ? to : from;
            if (layers.Count < MostNodes) layers.TryAdd(other, layer);
            edges.Add(new(from, to, kind));
        }

        async Task<(SkillThen, VersionThen)?> VersionAsync(VersionName name)
        {
            if (!known.TryGetValue(name.SkillId, out var then)) known[name.SkillId] = then = await skills.FindAsync(name.SkillId, moment, ct);
            return then?.Version(name.Version) is { } version ? (then, version) : null;
        }

        async Task<IReadOnlyList<(SkillThen, VersionThen)>> ChildrenAsync(SkillThen then, VersionName name)
        {
            var made = then.Versions.Where(v => IsFrom(then, v, name)).Select(v => (then, v)).ToList();
            foreach (var id in await descendants.ChildrenAsync(EventContext.DefaultTenant, name.SkillId, ct))
            {
                if (!known.TryGetValue(id, out var other)) known[id] = other = await skills.FindAsync(id, moment, ct);
                if (other is not null) made.AddRange(other.Versions.Where(v => IsFrom(other, v, name)).Select(v => (other, v)));
            }
            return made;
        }
    }

    private static bool IsFrom(SkillThen then, VersionThen version, VersionName name) =>
        then.Skill.SourcesOf(version.Version).Any(s => s.SkillId == name.SkillId && s.Version == name.Version);

    private static string KindOf(VersionThen version) => version.Version.Operation switch
    {
        VersionOperation.Create => "made beside",
        VersionOperation.Improve => "improved",
        VersionOperation.Merge => "merged",
        _ => "restored",
    };
}

/// <summary>A version by its skill's id and its number.</summary>
public sealed record VersionName(string SkillId, int Version)
{
    public override string ToString() => $"{SkillId}@{Version}";

    /// <summary>Reads what <see cref="ToString"/> writes; null for anything else.</summary>
    public static VersionName? Parse(string text) =>
        text.LastIndexOf('@') is > 0 and var at && int.TryParse(text.AsSpan(at + 1), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var version)
            ? new(text[..at], version) : null;
}

/// <param name="Nodes">By layer, then by name.</param>
public sealed record LineageGraph(IReadOnlyList<LineageNode> Nodes, IReadOnlyList<LineageEdge> Edges);

/// <param name="Layer">Steps after the version that it is about; negative: before it.</param>
/// <param name="IsOpen">Whether what is next to it is shown, too.</param>
public sealed record LineageNode(VersionName Name, SkillThen Then, VersionThen Version, int Layer, bool IsOpen);

/// <param name="From">What <paramref name="To"/> was made from.</param>
public sealed record LineageEdge(VersionName From, VersionName To, string Kind);
