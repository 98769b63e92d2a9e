using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.RunValidation;

/// <summary>What a revocation brings beside itself, to whoever looks before.</summary>
/// <param name="Own">Quarantine of what came back to the skill itself by way of others.</param>
/// <param name="Elsewhere">What comes to other skills' streams: revocation of the same package, quarantine, and where their aliases go.</param>
public sealed record Fallout(IReadOnlyList<ILedgerEvent> Own, IReadOnlyList<StreamAppend> Elsewhere)
{
    public static Fallout None { get; } = new([], []);
}

/// <summary>What a revocation means for other skills: for those that have the same package, and for those that have something of the revoked version in them.</summary>
public sealed class SkillLineage(SkillDescendants descendants, PackageGuard packages, SkillStanding standing)
{
    /// <param name="skill">As it stood.</param>
    /// <param name="decided">What the revocation says in the skill's own stream; nothing where it is in effect already.</param>
    /// <returns>Quarantine of what came back to the skill itself, to be appended together with the revocation.</returns>
    public async Task<IReadOnlyList<ILedgerEvent>> OwnAsync(LedgerReader read, Skill skill, SkillCommand.Revoke revoke, IReadOnlyList<ILedgerEvent> decided, CancellationToken ct)
    {
        if (decided.Count == 0 || skill.Version(revoke.Version) is not { } version) return [];
        var others = new List<Skill>();
        foreach (var id in await descendants.OfAsync(read.Tenant, skill.Id, ct)) others.Add((await ReadAsync(read, id)).State);
        return [.. RevocationCascade.Of(decided.Aggregate(skill, Skill.Evolve), version.Number, others).Where(hit => hit.SkillId == skill.Id).SelectMany(hit => hit.Events)];
    }

    /// <summary>All that a revocation comes to, at one look.</summary>
    public async Task<Fallout> OfAsync(LedgerReader read, Skill skill, SkillCommand.Revoke revoke, IReadOnlyList<ILedgerEvent> decided, CancellationToken ct)
    {
        if (skill.Version(revoke.Version) is not { } version) return Fallout.None;
        var after = decided.Aggregate(skill, Skill.Evolve);
        var twins = new Dictionary<string, Revision>(StringComparer.Ordinal);
        foreach (var id in (await packages.HoldersAsync(read.Tenant, version.PackageDigest, ct)).Where(id => id != skill.Id))
            if (Revoked(await ReadAsync(read, id), version.PackageDigest, Reason(skill.Id, version.Number, revoke.Reason)) is { } twin) twins[id] = twin;
        var roots = twins.ToDictionary(t => t.Key, t => t.Value.After, StringComparer.Ordinal);
        roots[skill.Id] = after;

        var all = new Dictionary<string, Revision>(twins, StringComparer.Ordinal);
        var own = new List<ILedgerEvent>();
        foreach (var hit in await DescendedAsync(read, roots, version.PackageDigest, ct))
        {
            if (hit.Read.State.Id != skill.Id) all[hit.Read.State.Id] = twins.TryGetValue(hit.Read.State.Id, out var twin) ? twin.With(hit.Events) : hit;
            else own.AddRange(hit.Events.Where(_ => decided.Count > 0));
        }
        var appends = new List<StreamAppend>();
        foreach (var (_, one) in all.OrderBy(t => t.Key, StringComparer.Ordinal)) appends.Add(await AppendAsync(read, one, ct));
        return new(own, appends);
    }

    /// <summary>Revocation of a package in skills that have it.</summary>
    public async Task<IReadOnlyList<StreamAppend>> RevokeAsync(LedgerReader read, IEnumerable<string> skillIds, PackageRevocation first, CancellationToken ct)
    {
        var appends = new List<StreamAppend>();
        foreach (var id in skillIds)
            if (Revoked(await ReadAsync(read, id), first.PackageDigest, Reason(first.SkillId, first.Version, first.Reason)) is { } twin) appends.Add(await AppendAsync(read, twin, ct));
        return appends;
    }

    /// <summary>Quarantine of what descends from a revoked package.</summary>
    /// <param name="skillIds">Skills that have lost it.</param>
    /// <param name="most">So many skills' streams at most.</param>
    public async Task<IReadOnlyList<StreamAppend>> QuarantineAsync(LedgerReader read, IReadOnlyCollection<string> skillIds, string packageDigest, int most, CancellationToken ct)
    {
        var roots = skillIds.ToDictionary(id => id, _ => (Skill?)null, StringComparer.Ordinal);
        var appends = new List<StreamAppend>();
        foreach (var hit in (await DescendedAsync(read, roots!, packageDigest, ct)).Take(most)) appends.Add(await AppendAsync(read, hit, ct));
        return appends;
    }

    /// <param name="roots">As they are to be; null: as they stand.</param>
    private async Task<IReadOnlyList<Revision>> DescendedAsync(LedgerReader read, IReadOnlyDictionary<string, Skill> roots, string packageDigest, CancellationToken ct)
    {
        var below = await descendants.OfAsync(read.Tenant, [.. roots.Keys], ct);
        var touched = new SortedDictionary<string, Revision>(StringComparer.Ordinal);
        foreach (var id in below) touched[id] = new(await ReadAsync(read, id), roots.GetValueOrDefault(id));
        // Of thousands that have lost the same package few have anything made from them.
        var parents = touched.Values.SelectMany(t => t.After.Versions.SelectMany(t.After.SourcesOf)).Select(p => p.SkillId).ToHashSet(StringComparer.Ordinal);
        foreach (var id in roots.Keys.Where(parents.Contains).Where(id => !touched.ContainsKey(id))) touched[id] = new(await ReadAsync(read, id), roots[id]);
        foreach (var id in roots.Keys.Where(parents.Contains).Order(StringComparer.Ordinal))
            if (touched[id].After.Versions.Find(v => v.PackageDigest == packageDigest) is { } version)
                foreach (var hit in RevocationCascade.Of(touched[id].After, version.Number, [.. touched.Values.Select(t => t.After)]))
                    touched[hit.SkillId] = touched[hit.SkillId].With(hit.Events);
        return [.. touched.Values.Where(t => t.Events.Count > 0)];
    }

    private static Revision? Revoked(Folded<Skill> skill, string packageDigest, string reason) =>
        skill.State.Versions.Find(v => v.PackageDigest == packageDigest) is { } version
        && SkillDecider.Decide(new SkillCommand.Revoke(version.Number, reason), skill.State) is Decision.Accepted { Events: { Count: > 0 } events }
            ? new Revision(skill).With(events)
            : null;

    private static string Reason(string skillId, int version, string reason) => $"the same package as {skillId}@{version}, which was revoked{(reason.Length > 0 ? $": {reason}" : "")}";

    private async Task<StreamAppend> AppendAsync(LedgerReader read, Revision one, CancellationToken ct) =>
        one.Read.Append(Streams.Skill, [.. one.Events, .. await standing.FollowingAsync(read, one.After, ct)]);

    private static Task<Folded<Skill>> ReadAsync(LedgerReader read, string id) => read.FoldAsync(Streams.Of(Streams.Skill, id), Skill.None, Skill.Evolve);

    /// <param name="Read">As it stands.</param>
    private sealed record Revision(Folded<Skill> Read, Skill? Becomes = null)
    {
        public Skill After => Becomes ?? Read.State;

        public IReadOnlyList<ILedgerEvent> Events { get; private init; } = [];

        public Revision With(IReadOnlyList<ILedgerEvent> events) => this with { Becomes = events.Aggregate(After, Skill.Evolve), Events = [.. Events, .. events] };
    }
}
