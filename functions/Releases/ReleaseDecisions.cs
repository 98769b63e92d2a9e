using Pipeline.Domain.Ledger;
using Pipeline.Domain.Releases;
using Pipeline.Domain.Skills;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.LedgerApi;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Releases;

namespace Pipeline.Functions.Releases;

/// <summary>What a release comes to as things stand: for the one who applies it, and for the one who looks before.</summary>
public sealed class ReleaseDecisions(SkillViews views, EventStore store)
{
    // Where aliases stand is not in them, and there are many.
    private static readonly string[] s_noMatter = ["validation_requested", "validation_completed", "usage_summarised"];

    /// <summary>Looks up what a manifest names. What is there does not change the answer until it is decided on.</summary>
    /// <exception cref="ReleaseFileException">It names what cannot be; the message says where and why.</exception>
    public async Task<WantedRelease> ResolveAsync(ReleaseFile file, CancellationToken ct)
    {
        if (file.AsOf is { } leaf) return new WantedRelease.AsLeaf(leaf, await AsOfAsync(leaf, ct));
        var pins = new List<AliasPin>();
        var named = new Dictionary<(string, string), WantedPin>();
        foreach (var skill in file.Pins.GroupBy(p => p.Skill, StringComparer.Ordinal))
        {
            // What is not there by any name is refused when it is decided on, together with all else that cannot be.
            var id = (await views.FindAsync(skill.Key, ct)).Value?.SkillId ?? skill.Key;
            foreach (var pin in skill)
            {
                if (!named.TryAdd((id, pin.Alias), pin)) throw new ReleaseFileException($"line {pin.Line}: '{pin.Skill}' and '{named[(id, pin.Alias)].Skill}' are the same skill");
                pins.Add(new(id, pin.Alias, pin.Version, "") { Share = pin.Share });
            }
        }
        return new WantedRelease.Listed(pins);
    }

    /// <summary>Decides, and writes nothing.</summary>
    public async Task<DecidedRelease> DecideAsync(LedgerReader read, string stage, WantedRelease wanted, Func<ReleasePlan, ReleaseCommand> command)
    {
        var release = await read.FoldAsync(StreamOf(stage), Release.None, Release.Evolve);
        var (pins, refused) = Wanted(release.State, wanted);
        if (refused is not null || pins is null) return new(release, null, [], refused ?? Decision.Nothing, []);
        var skills = new Dictionary<string, Skill>(StringComparer.Ordinal);
        var folded = new Dictionary<string, Folded<Skill>>(StringComparer.Ordinal);
        foreach (var id in pins.Concat(release.State.Current?.Pins ?? []).Select(p => p.SkillId).Distinct(StringComparer.Ordinal))
        {
            folded[id] = await read.FoldAsync(Streams.Of(Streams.Skill, id), Skill.None, Skill.Evolve);
            skills[id] = folded[id].State;
        }
        var leftOut = wanted is WantedRelease.AsLeaf ? LeftOut(skills) : [];
        var manifest = ReleaseManifest.Of(pins.Where(p => leftOut.All(l => l.Skill != p.SkillId)).Select(p => wanted is WantedRelease.Listed ? Digested(p, skills[p.SkillId]) : p));
        var plan = ReleasePlan.Of(stage, manifest, release.State.Current, skills);
        var decision = ReleaseDecider.Decide(command(plan), release.State);
        return new(release, plan, leftOut, decision, decision is not Decision.Accepted { Events: { Count: > 0 } events } ? [] :
            [release.Append(Streams.Release, events), .. plan.PerSkill.Select(s => folded[s.SkillId].Append(Streams.Skill, s.Events))])
        {
            Skills = skills,
        };
    }

    public static string StreamOf(string stage) => Streams.Of(Streams.Release, stage);

    private static (IReadOnlyList<AliasPin>? Pins, Decision? Refused) Wanted(Release release, WantedRelease wanted)
    {
        switch (wanted)
        {
            case WantedRelease.Listed listed: return (listed.Pins, null);
            case WantedRelease.AsLeaf leaf: return (leaf.Then.Pins, null);
            case WantedRelease.Earlier earlier:
                var (manifest, refused) = ReleaseDecider.Earlier(release, earlier.Id);
                return (manifest?.Pins, refused);
            default: throw new InvalidOperationException($"no rule for {wanted.GetType().Name}");
        }
    }

    private static AliasPin Digested(AliasPin pin, Skill skill) => pin with { PackageDigest = skill.Version(pin.Version)?.PackageDigest ?? "" };

    // What was served then and is asleep now has no alias to move; to wake it is for a person to say.
    private static IReadOnlyList<LeftOut> LeftOut(Dictionary<string, Skill> skills) =>
        [.. skills.Values.Where(s => s.Lifecycle is Lifecycle.Retired or Lifecycle.Absorbed).OrderBy(s => s.Id, StringComparer.Ordinal)
            .Select(s => new LeftOut(s.Id, s.Name, s.Lifecycle == Lifecycle.Retired ? "retired since" : $"absorbed by {s.AbsorbedInto?.SkillId} since"))];

    private async Task<ReleaseManifest> AsOfAsync(long leaf, CancellationToken ct)
    {
        var there = (await store.SizeAsync(ct)).Sealed;
        if (leaf >= there) throw new ReleaseFileException($"as-of: the ledger has {there} leaves{(there > 0 ? $", the last is {there - 1}" : "")}, and not {leaf}");
        var (then, skill, stream) = (new List<Skill>(), Skill.None, "");
        await foreach (var recorded in store.ReadStreamsOfTypeAsOfAsync(EventContext.DefaultTenant, Streams.Skill, leaf + 1, s_noMatter, ct))
        {
            if (recorded.StreamId != stream)
            {
                then.Add(skill);
                (skill, stream) = (Skill.None, recorded.StreamId);
            }
            skill = Skill.Evolve(skill, recorded.Event);
        }
        then.Add(skill);
        return ReleaseManifest.AsOf(then);
    }
}

/// <summary>What is to stand.</summary>
public abstract record WantedRelease
{
    private WantedRelease() { }

    /// <param name="Pins">Their digests are those of the versions that they name.</param>
    public sealed record Listed(IReadOnlyList<AliasPin> Pins) : WantedRelease;

    public sealed record AsLeaf(long Leaf, ReleaseManifest Then) : WantedRelease;

    /// <param name="Id">As <see cref="Release.Named"/> takes it.</param>
    public sealed record Earlier(string Id) : WantedRelease;
}

/// <param name="Release">As it stood.</param>
/// <param name="Plan">Null where there is no such release to plan.</param>
/// <param name="Appends">What goes on the records of the stage and of the skills; none where it is refused, or in effect already.</param>
public sealed record DecidedRelease(
    Folded<Release> Release, ReleasePlan? Plan, IReadOnlyList<LeftOut> LeftOut, Decision Decision, IReadOnlyList<StreamAppend> Appends)
{
    /// <summary>As they stood: those that the plan, or the release that stood, is about.</summary>
    public IReadOnlyDictionary<string, Skill> Skills { get; init; } = new Dictionary<string, Skill>(StringComparer.Ordinal);
}

/// <summary>A skill that served something at the leaf that was asked for, and cannot now.</summary>
public sealed record LeftOut(string Skill, string Name, string Why);
