using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Releases;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Domain.Tests.Skills;
using Pipeline.Domain.Tests.Skills.Tiers;

namespace Pipeline.Domain.Tests.Releases;

/// <summary>What holds of any manifests, applied one after the other to any skills.</summary>
public sealed class ReleaseLaws
{
    private static readonly Gen<(int Skill, string Alias, int Version, int? Share)> Pin =
        from skill in Gen.Choose(0, 3)
        from alias in Gen.Elements("canary", "latest", "production")
        from version in Gen.Choose(1, 5)
        from share in Gen.Elements<int?>(null, null, 10)
        select (skill, alias, version, share);

    private static readonly Arbitrary<IReadOnlyList<(int Skill, string Alias, int Version, int? Share)>> Pins = Properties.Sequences(Pin, longest: 4);

    // What nobody trusts yet can hardly be released.
    private static readonly SkillWorld s_trusted = SkillWorld.Start.Append(
        [.. SkillWorld.Start.States.Where(s => s.Value.Versions.Count > 0).Select(s => new SkillEvents(s.Key, [SomeSkill.Tiered(1, s.Key, Tier.Q, Tier.T3)]))]);

    [Fact]
    public void A_manifest_is_applied_whole_or_not_at_all_and_twice_is_once() => Holds((world, manifest, current) =>
    {
        var plan = ReleasePlan.Of("test", manifest, current, world.States);
        if (plan.Refusal is not null)
        {
            plan.PerSkill.ShouldBeEmpty();
            return null;
        }
        var after = world.Append(plan.PerSkill);
        foreach (var pin in manifest.Pins)
        {
            var skill = after.States[pin.SkillId];
            (skill.Aliases[pin.Alias], skill.Shares.GetValueOrDefault(pin.Alias)?.Percent, skill.PinnedBy[pin.Alias]).ShouldBe((pin.Version, pin.Share, "test"));
        }
        ReleasePlan.Of("test", manifest, manifest, after.States).PerSkill.ShouldBeEmpty();
        ReleasePlan.Drift("test", manifest, after.States).ShouldBeEmpty();
        return after;
    });

    [Fact]
    public void What_a_release_lets_go_stays_where_it_is_and_what_it_does_not_name_is_not_touched() => Holds((world, manifest, current) =>
    {
        var plan = ReleasePlan.Of("test", manifest, current, world.States);
        var after = world.Append(plan.PerSkill);
        foreach (var (was, now) in world.Skills.Zip(after.Skills))
            foreach (var (alias, version) in was.Aliases.Where(a => plan.Refusal is not null || !manifest.Pins.Any(p => p.SkillId == was.Id && p.Alias == a.Key)))
                (now.Aliases[alias], now.Shares.GetValueOrDefault(alias)?.Percent).ShouldBe((version, was.Shares.GetValueOrDefault(alias)?.Percent));
        return plan.Refusal is null ? after : null;
    });

    [Fact]
    public void A_pin_that_may_stand_is_moved_by_nothing_that_follows() => Holds((world, manifest, current) =>
    {
        var plan = ReleasePlan.Of("test", manifest, current, world.States);
        var after = world.Append(plan.PerSkill);
        foreach (var skill in after.Skills)
            AliasRules.Following(ATrust.Strict, skill).Select(c => c is SkillCommand.MoveAlias move ? move.Alias : ((SkillCommand.RemoveAlias)c).Alias)
                .Where(alias => skill.PinnedBy.ContainsKey(alias) && skill.Version(skill.Aliases[alias]) is { } at && at.Tier >= AliasRules.Needs(alias) && !skill.IsRevoked(at)).ShouldBeEmpty();
        return plan.Refusal is null ? after : null;
    });

    [Fact]
    public void The_laws_meet_manifests_that_apply_and_those_that_do_not()
    {
        var (applied, refused) = (0, new HashSet<string>(StringComparer.Ordinal));
        foreach (var (steps, pins) in SkillWorld.Sequences.Generator.Zip(Pins.Generator).Sample(400, new Rnd(11), 50))
        {
            var world = World(steps);
            if (ReleasePlan.Of("test", Manifest(pins, world), null, world.States).Refusal is { } refusal) refused.Add(refusal.Code);
            else if (pins.Count > 0) applied++;
        }
        applied.ShouldBeGreaterThan(20);
        foreach (var code in new[] { "version-revoked", "tier-too-low", "version-unknown", "skill-unknown", "skill-retired" }) refused.ShouldContain(code);
    }

    // Three releases, one after the other; the answer is the world after one, or null where it was not applied.
    private static void Holds(Func<SkillWorld, ReleaseManifest, ReleaseManifest?, SkillWorld?> law) =>
        Prop.ForAll(SkillWorld.Sequences, Pins, Pins, (steps, first, second) =>
        {
            var (world, current) = (World(steps), (ReleaseManifest?)null);
            foreach (var pins in new[] { first, second, first })
            {
                var manifest = Manifest(pins, world);
                if (law(world, manifest, current) is not { } after) continue;
                (world, current) = (after, manifest);
            }
        }).Check(Properties.Config());

    private static SkillWorld World(IReadOnlyList<Step> steps) => steps.Aggregate(s_trusted, (world, step) => world.Append(world.Command(step)(world).Events));

    private static ReleaseManifest Manifest(IReadOnlyList<(int Skill, string Alias, int Version, int? Share)> pins, SkillWorld world) => ReleaseManifest.Of(
        from pin in pins.DistinctBy(p => (p.Skill, p.Alias))
        let skill = world.States.ElementAt(pin.Skill)
        let version = VersionFor(pin.Alias, pin.Version, skill.Value)
        select new AliasPin(skill.Key, pin.Alias, version, skill.Value.Version(version)?.PackageDigest ?? "") { Share = pin.Share });

    // Mostly one that may be named, where there is any: else hardly a manifest would apply.
    private static int VersionFor(string alias, int drawn, Skill skill)
    {
        var may = skill.Lifecycle == Lifecycle.Active ? skill.Versions.FindAll(v => v.Tier >= AliasRules.Needs(alias) && !skill.IsRevoked(v)) : [];
        return may.Count > 0 && drawn < 5 ? may[drawn % may.Count].Number : drawn;
    }
}
