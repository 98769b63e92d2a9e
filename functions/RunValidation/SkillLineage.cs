using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.Hosting;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.RunValidation;

/// <summary>What a revocation brings beside itself.</summary>
/// <param name="Own">Quarantine of what came back to the skill itself by way of others.</param>
/// <param name="Elsewhere">What is to be appended to other skills' streams: revocation of the same package, quarantine, and where their aliases go.</param>
public sealed record Fallout(IReadOnlyList<ILedgerEvent> Own, IReadOnlyList<StreamAppend> Elsewhere)
{
    public static Fallout None { get; } = new([], []);
}

/// <summary>Carries a revocation into the skills that have the same package, and into those that have something of the revoked version in them.</summary>
public sealed class SkillLineage(SkillDescendants descendants, PackageGuard packages, SkillStanding standing)
{
    /// <param name="skill">As it stood.</param>
    /// <param name="decided">What the revocation says in the skill's own stream; nothing where it is in effect already, and then only what came to the same package since is looked for.</param>
    /// <returns>What is to be appended together with the revocation.</returns>
    public async Task<Fallout> OfAsync(LedgerReader read, Skill skill, SkillCommand.Revoke revoke, IReadOnlyList<ILedgerEvent> decided, CancellationToken ct)
    {
        if (skill.Version(revoke.Version) is not { } version) return Fallout.None;
        var touched = new Dictionary<string, Touched>(StringComparer.Ordinal) { [skill.Id] = new(null, decided.Aggregate(skill, Skill.Evolve)) };
        var revoked = decided.Count > 0 ? new List<(string Id, int Version)> { (skill.Id, version.Number) } : [];
        var reason = $"the same package as {skill.Id}@{version.Number}, which was revoked{(revoke.Reason.Length > 0 ? $": {revoke.Reason}" : "")}";
        foreach (var twin in (await packages.HoldersAsync(read, [version.PackageDigest], ct)).Where(t => t.State.Id != skill.Id))
        {
            if (twin.State.Versions.Find(v => v.PackageDigest == version.PackageDigest) is not { } same) continue;
            if (SkillDecider.Decide(new SkillCommand.Revoke(same.Number, reason), twin.State) is not Decision.Accepted { Events: { Count: > 0 } events }) continue;
            touched[twin.State.Id] = new Touched(twin, twin.State).With(events);
            revoked.Add((twin.State.Id, same.Number));
        }

        foreach (var (id, number) in revoked)
        {
            foreach (var other in (await descendants.OfAsync(read.Tenant, id, ct)).Where(o => !touched.ContainsKey(o)))
                touched[other] = await ReadAsync(read, other);
            foreach (var hit in RevocationCascade.Of(touched[id].After, number, [.. touched.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => t.Value.After)]))
                touched[hit.SkillId] = touched[hit.SkillId].With(hit.Events);
        }

        var appends = new List<StreamAppend>();
        foreach (var (_, other) in touched.Where(t => t.Value is { Read: not null, Events.Count: > 0 }).OrderBy(t => t.Key, StringComparer.Ordinal))
            appends.Add(other.Read!.Append(Streams.Skill, [.. other.Events, .. await standing.FollowingAsync(read, other.After, ct)]));
        return new(touched[skill.Id].Events, appends);
    }

    private static async Task<Touched> ReadAsync(LedgerReader read, string id)
    {
        var skill = await read.FoldAsync(Streams.Of(Streams.Skill, id), Skill.None, Skill.Evolve);
        return new(skill, skill.State);
    }

    /// <param name="Read">Null of the skill whose version is revoked.</param>
    private sealed record Touched(Folded<Skill>? Read, Skill After)
    {
        public IReadOnlyList<ILedgerEvent> Events { get; private init; } = [];

        public Touched With(IReadOnlyList<ILedgerEvent> events) => this with { After = events.Aggregate(After, Skill.Evolve), Events = [.. Events, .. events] };
    }
}
