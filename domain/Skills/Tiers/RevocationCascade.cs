using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Skills.Tiers;

/// <summary>What a revocation means across skills: whatever was made in others from the revoked version, or from what descends from it, and what
/// came back from there to the skill itself.</summary>
public static class RevocationCascade
{
    /// <param name="revoked">The skill after the revocation, which has quarantined what descends within it.</param>
    /// <param name="others">Skills that may descend from it, directly or by way of each other; others among them are left alone.</param>
    /// <returns>Events for each skill that is hit, in ordinal order of their ids; none for one that is quarantined already.</returns>
    public static IReadOnlyList<SkillEvents> Of(Skill revoked, int version, IReadOnlyList<Skill> others)
    {
        if (revoked.Version(version) is not { } bad) return [];
        IReadOnlyList<Skill> all = [revoked, .. others.Where(o => o.Id != revoked.Id)];
        var reason = $"{version} of {revoked.Id}";
        var tainted = Tainted(revoked, [.. revoked.Versions.Where(v => v.PackageDigest == bad.PackageDigest).Select(v => v.Number)])
            .Select(number => (revoked.Id, number)).ToHashSet();
        var hits = new SortedDictionary<string, HashSet<int>>(StringComparer.Ordinal);
        for (var grows = true; grows;)
        {
            grows = false;
            foreach (var other in all)
            {
                var direct = other.Versions.Where(v => other.SourcesOf(v).Any(p => p.SkillId != other.Id && tainted.Contains((p.SkillId, p.Version)))).Select(v => v.Number).ToHashSet();
                if (direct.Count == 0) continue;
                foreach (var number in Tainted(other, direct)) grows |= tainted.Add((other.Id, number));
                hits[other.Id] = direct;
            }
        }
        return [.. hits.Select(hit => new SkillEvents(hit.Key, Events(all.First(o => o.Id == hit.Key), new([.. hit.Value.Order()], reason)))).Where(e => e.Events.Count > 0)];
    }

    private static IReadOnlyList<SkillEvent> Events(Skill skill, SkillCommand.Quarantine command) =>
        SkillDecider.Decide(command, skill) is Decision.Accepted { Events: var events } ? [.. events.Cast<SkillEvent>()] : [];

    private static HashSet<int> Tainted(Skill skill, HashSet<int> from)
    {
        var tainted = new HashSet<int>(from);
        foreach (var version in skill.Versions)
            if (version.Parents.Any(p => p.SkillId == skill.Id && tainted.Contains(p.Version))) tainted.Add(version.Number);
        return tainted;
    }
}
