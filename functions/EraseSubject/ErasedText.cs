using Pipeline.Domain.Skills;
using Pipeline.Infra.Payloads;

namespace Pipeline.Functions.EraseSubject;

/// <summary>What of the derived text goes with a data subject, and which run is to say so for which content.</summary>
internal sealed class ErasedText
{
    private readonly SortedSet<string> _purge;
    private readonly SortedDictionary<string, SortedSet<int>> _versions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _byRun = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Skill, int Version), IReadOnlyList<string>> _filesOf = [];
    private readonly HashSet<string> _again;
    private readonly string _first;

    private ErasedText(ErasurePlan plan, IReadOnlySet<string> namedSince, IReadOnlySet<string> trajectories)
    {
        // What was told of and came back is not what the plan was made for: only with one of the runs behind it does it go once more.
        _purge = new(plan.Purge.Where(d => !namedSince.Contains(d)), StringComparer.Ordinal);
        _again = new(namedSince, StringComparer.Ordinal);
        _first = trajectories.Order(StringComparer.Ordinal).FirstOrDefault() ?? "";
    }

    /// <summary>Digests of the contents that go.</summary>
    public IReadOnlyCollection<string> Purge => _purge;

    /// <summary>Of these, the ones that an event has named since it was told that they go: it is to be told again.</summary>
    public IReadOnlyCollection<string> Again => [.. _again.Where(_purge.Contains)];

    /// <summary>Versions that lose a file, by skill.</summary>
    public IEnumerable<(string Skill, IReadOnlyList<int> Numbers)> Versions => _versions.Select(v => (v.Key, (IReadOnlyList<int>)[.. v.Value]));

    /// <param name="derived">As it stands now that nothing of the subject can be read any more.</param>
    /// <param name="told">By digest, the last leaf that says that it was erased.</param>
    public static ErasedText Of(ErasurePlan plan, DerivedText derived, IReadOnlySet<string> trajectories, IReadOnlyDictionary<string, long> told)
    {
        var namedSince = derived.Contents.Where(c => told.TryGetValue(c.Key, out var at) && (c.Value ?? long.MaxValue) > at).Select(c => c.Key).ToHashSet(StringComparer.Ordinal);
        var erased = new ErasedText(plan, namedSince, trajectories);
        var skills = derived.Skills.ToDictionary(s => s.Key, s => (Skill: Skill.Fold(s.Value.Select(e => e.Event)), Contents: ContentsByVersion(s.Value)), StringComparer.Ordinal);
        // What was made while the plan was made could not be compared with the runs any more: with one of them behind it, it goes.
        var files = skills.Values.SelectMany(s => s.Skill.Versions).SelectMany(v => v.Package.Files).Select(f => f.Sha256).ToHashSet(StringComparer.Ordinal);
        erased._purge.UnionWith(derived.Contents.Where(c => (c.Value ?? long.MaxValue) >= plan.Through && !files.Contains(c.Key)).Select(c => c.Key));
        foreach (var (skill, contents) in skills.Values)
            foreach (var version in skill.Versions)
                if (contents.TryGetValue(version.Number, out var made) && (made.Leaf ?? long.MaxValue) >= plan.Through && made.Content.Evidence.Any(e => trajectories.Contains(e.TrajectoryId)))
                    erased._purge.UnionWith(version.Package.Files.Select(f => f.Sha256));
        foreach (var (skill, contents) in skills.Values)
            foreach (var version in skill.Versions.Where(v => v.Package.Files.Any(f => erased._purge.Contains(f.Sha256))))
                erased.Add(skill.Id, version, contents.TryGetValue(version.Number, out var made) ? [.. made.Content.Evidence.Select(e => e.TrajectoryId).Where(trajectories.Contains)] : []);
        return erased;
    }

    /// <summary>Leaves what somebody else has made independently: it is not the subject's alone.</summary>
    public void Keep(IReadOnlySet<string> shared)
    {
        _purge.ExceptWith(shared);
        foreach (var (skill, numbers) in _versions.ToList())
        {
            numbers.RemoveWhere(n => !_filesOf[(skill, n)].Any(_purge.Contains));
            if (numbers.Count == 0) _versions.Remove(skill);
        }
    }

    /// <summary>What the event on a run's stream is to name, in ordinal order: contents that it stood behind; what no run did is told by the first.</summary>
    public IReadOnlyList<string> PurgedWith(string trajectoryId) =>
        [.. _purge.Where(d => _byRun.TryGetValue(d, out var runs) ? runs.Contains(trajectoryId) : trajectoryId == _first)];

    private void Add(string skillId, SkillVersion version, IReadOnlyList<string> runs)
    {
        if (!_versions.TryGetValue(skillId, out var numbers)) _versions.Add(skillId, numbers = []);
        numbers.Add(version.Number);
        _filesOf[(skillId, version.Number)] = [.. version.Package.Files.Select(f => f.Sha256)];
        foreach (var file in version.Package.Files.Where(f => _purge.Contains(f.Sha256)))
        {
            if (!_byRun.TryGetValue(file.Sha256, out var all)) _byRun.Add(file.Sha256, all = new(StringComparer.Ordinal));
            all.UnionWith(runs.Count > 0 ? runs : [_first]);
        }
    }

    private static Dictionary<int, (VersionContent Content, long? Leaf)> ContentsByVersion(IReadOnlyList<Domain.Ledger.RecordedEvent> stream)
    {
        var made = new Dictionary<int, (VersionContent, long?)>();
        foreach (var e in stream)
        {
            (int Number, VersionContent Content)? version = e.Event switch
            {
                SkillEvent.SkillCreated c => (1, c.Content),
                SkillEvent.SkillImproved c => (c.Version, c.Content),
                SkillEvent.SkillMerged c => (c.Version, c.Content),
                _ => null,
            };
            if (version is { } v) made[v.Number] = (v.Content, e.Leaf);
        }
        return made;
    }
}
