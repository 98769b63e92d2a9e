using System.Text;
using Pipeline.Domain.Ledger.Audit;
using Pipeline.Domain.Skills;
using Pipeline.Infra.Postgres;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Functions.Audit;

/// <summary>Tells where a version came from, section by section. Of a merge, the parent whose text a section still has is followed in turn.</summary>
public sealed class Provenances(VersionTrails trails, EventStore store)
{
    /// <param name="leaves">Told by so many leaves of the log.</param>
    /// <returns>Null when the skill has no such version by then. With all trails that it is told from, the version's own first.</returns>
    public async Task<(IReadOnlyList<VersionTrail> Trails, VersionProvenance Told)?> OfAsync(string skillId, int number, long leaves, string origin, CancellationToken ct)
    {
        var known = new Dictionary<(string, int), VersionTrail?>();
        if (await TrailAsync(skillId, number) is not { } trail) return null;
        var sections = await SectionsAsync(trail.Version!.Package, ct);
        // Of a text that was erased, or has no sections, what is on record of them.
        IReadOnlyList<(string Heading, string? Text)> headings = sections.Count > 0 ? [.. sections.Select(s => (s.Heading, (string?)s.Text))] : [.. trail.Content!.Sections.Select(s => (s.Section, (string?)null))];
        List<SectionOrigin> origins = [];
        foreach (var (heading, text) in headings) origins.Add(new(heading, await FollowAsync(trail, heading, text)));
        return ([trail, .. known.Values.OfType<VersionTrail>().Where(t => t != trail)], VersionProvenance.Of(trail, leaves, origins));

        async Task<VersionTrail?> TrailAsync(string skill, int version)
        {
            if (!known.TryGetValue((skill, version), out var there)) known[(skill, version)] = there = await trails.ReadAsync(skill, version, leaves, origin, ct);
            return there;
        }

        async Task<VersionTrail> FollowAsync(VersionTrail at, string heading, string? text)
        {
            var seen = new HashSet<(string, int)>();
            while (seen.Add((at.SkillId, at.Number)))
            {
                var brought = SectionOrigin.NumberOf(at.SkillStream.Select(e => e.Event), at.Number, heading);
                if (brought != at.Number) at = await TrailAsync(at.SkillId, brought) ?? at;
                if (text is null || at.MadeBy(at.Number)?.Event is not SkillMerged merged) return at;
                VersionTrail? from = null;
                foreach (var parent in merged.Parents)
                {
                    if (await TrailAsync(parent.SkillId, parent.Version) is not { } candidate) continue;
                    if (!(await SectionsAsync(candidate.Version!.Package, ct)).Any(s => s.Heading == heading && s.Text == text)) continue;
                    from = candidate;
                    break;
                }
                if (from is null) return at;
                at = from;
            }
            return at;
        }
    }

    private async Task<IReadOnlyList<SkillSection>> SectionsAsync(PackageManifest package, CancellationToken ct) =>
        package.Files.FirstOrDefault(f => f.Path == Package.SkillFile) is { } file && await store.ReadContentAsync(file.Sha256, ct) is { } bytes
            ? SkillDocument.SectionsOf(Encoding.UTF8.GetString(bytes))
            : [];
}
