using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;
using static Pipeline.Domain.Skills.SkillEvent;
using static Pipeline.Domain.Tests.Skills.SomeSkill;

namespace Pipeline.Domain.Tests.Skills.Tiers;

public sealed class ServedVersionTests
{
    private static readonly string Inside = Callers().First(c => CanaryShare.Serves(10, c, "greet"));
    private static readonly string Outside = Callers().First(c => !CanaryShare.Serves(10, c, "greet"));

    [Fact]
    public void A_share_of_the_callers_gets_the_canary_and_the_others_what_production_names()
    {
        var skill = Skills(new AliasMoved("production", null, 1, ""), new AliasMoved("canary", null, 2, "") { Share = 10 });

        Of("canary", Inside, skill).ShouldBe(new(2, "canary"));
        Of("canary", Outside, skill).ShouldBe(new(1, "production"));
        Of("canary", null, skill).ShouldBe(new(1, "production"));
        Of("production", Outside, skill).ShouldBe(new(1, "production"));
        Of("latest", Outside, skill).ShouldBe(new(3, "latest"));
        Of("pilot", Inside, skill).ShouldBeNull();
    }

    [Fact]
    public void Without_production_the_others_keep_what_the_alias_named_before_it_was_shared()
    {
        Of("canary", Outside, Skills(new AliasMoved("canary", null, 1, ""), new AliasMoved("canary", 1, 2, "") { Share = 10 })).ShouldBe(new(1, "canary"));
        // The gates moved it for all before anybody could share it.
        Of("canary", Outside, Skills(new AliasMoved("canary", null, 1, ""), new AliasMoved("canary", 1, 2, ""), new AliasMoved("canary", 2, 2, "") { Share = 10 })).ShouldBe(new(1, "canary"));
        // A version that only a share had is none to go back to.
        var on = Skills(new AliasMoved("canary", null, 1, ""), new AliasMoved("canary", 1, 2, "") { Share = 10 }, Tiered(3, "three", Tier.T1, Tier.T2), new AliasMoved("canary", 2, 3, "") { Share = 10 });
        Of("canary", Outside, on).ShouldBe(new(1, "canary"));
        Of("canary", Inside, on).ShouldBe(new(3, "canary"));
    }

    [Fact]
    public void Production_that_is_shared_leaves_the_others_what_it_was()
    {
        var skill = Skills(Tiered(2, "two", Tier.T2, Tier.T3), new AliasMoved("production", null, 1, ""), new AliasMoved("production", 1, 2, "") { Share = 10 });

        Of("production", Outside, skill).ShouldBe(new(1, "production"));
        Of("production", Inside, skill).ShouldBe(new(2, "production"));
        // Who is outside of a canary gets what production gives to everybody, whichever share of production it is in.
        Of("canary", Outside, With(skill, Tiered(3, "three", Tier.T1, Tier.T2), new AliasMoved("canary", null, 3, "") { Share = 0 })).ShouldBe(new(1, "production"));
    }

    [Fact]
    public void To_be_kept_from_a_version_never_means_to_get_one_that_is_trusted_less_or_the_same_bytes()
    {
        Of("canary", Outside, Skills(new AliasMoved("canary", null, 2, "") { Share = 10 })).ShouldBeNull();
        Of("canary", Outside, Skills(Tiered(3, "three", Tier.T1, Tier.T2), new AliasMoved("canary", null, 2, "") { Share = 10 })).ShouldBe(new(3, "latest"));
        var restored = Skills(new SkillRolledBack(4, 2, DigestOf("two"), ""), new AliasMoved("latest", 3, 4, ""), new AliasMoved("canary", null, 2, "") { Share = 10 });
        Of("canary", Outside, restored).ShouldBeNull();
    }

    [Fact]
    public void What_is_revoked_is_served_to_nobody_and_the_others_lose_nothing_by_it()
    {
        var skill = Skills(new AliasMoved("production", null, 1, ""), new AliasMoved("canary", null, 2, "") { Share = 10 });

        Of("canary", Inside, With(skill, new VersionRevoked(2, DigestOf("two"), "leaks"))).ShouldBeNull();
        Of("canary", Outside, With(skill, new VersionRevoked(2, DigestOf("two"), "leaks"))).ShouldBe(new(1, "production"));
        Of("canary", Outside, With(skill, new VersionRevoked(1, DigestOf("one"), "leaks"))).ShouldBeNull();
    }

    [Fact]
    public void A_share_of_all_and_a_share_that_was_lifted_are_for_everybody()
    {
        Of("canary", null, Skills(new AliasMoved("canary", null, 2, "") { Share = 100 })).ShouldBe(new(2, "canary"));
        Of("canary", null, Skills(new AliasMoved("canary", null, 2, "") { Share = 10 }, new AliasMoved("canary", 2, 2, "all"))).ShouldBe(new(2, "canary"));
    }

    [Fact]
    public void Whatever_is_served_is_not_revoked_and_at_the_tier_that_the_alias_needs() => Prop.ForAll(
        Properties.Sequences(Gen.Choose(0, 4), 6), Properties.Sequences(Gen.Choose(1, 8), 8), (tiers, numbers) =>
    {
        // Some of the numbers are of versions that are not there, which is what a revoked one looks like.
        var versions = tiers.Select((t, i) => (Number: i + 1, Tier: (Tier)t)).ToDictionary(v => v.Number, v => new VersionStanding($"d{v.Number / 2}", v.Tier));
        var aliases = new[] { "canary", "latest", "pilot", "production" }.Zip(numbers).ToDictionary(m => m.First, m => m.Second, StringComparer.Ordinal);
        var shares = aliases.Keys.Where(a => a != "latest").Zip(numbers.Reverse()).ToDictionary(m => m.First, m => new AliasShare(m.Second * 10, m.Second), StringComparer.Ordinal);
        foreach (var (alias, caller) in aliases.Keys.SelectMany(a => new[] { null, "one", "other", "third" }.Select(c => (a, c))))
        {
            if (ServedVersion.Of(alias, caller, new("greet", aliases, shares, versions)) is not { } served) continue;
            versions.ShouldContainKey(served.Version);
            (versions[served.Version].Tier >= (served.Version == aliases[alias] ? Tier.T1 : AliasRules.Needs(alias))).ShouldBeTrue();
        }
    }).Check(Properties.Config());

    private static Served? Of(string alias, string? caller, Skill skill) => ServedVersion.Of(alias, caller, new(
        "greet", skill.Aliases, skill.Shares, skill.Versions.Where(v => !skill.IsRevoked(v)).ToImmutableDictionary(v => v.Number, v => new VersionStanding(v.PackageDigest, v.Tier))));

    // Three versions at T3, T2 and T1, with latest at the newest.
    private static Skill Skills(params SkillEvent[] events) => Skill.Fold([
        Created(), Improved(2, "two"), Improved(3, "three"), Tiered(1, "one", Tier.Q, Tier.T3), Tiered(2, "two", Tier.Q, Tier.T2), Tiered(3, "three", Tier.Q, Tier.T1),
        new AliasMoved("latest", null, 3, ""), .. events]);

    private static Skill With(Skill skill, params SkillEvent[] events) => events.Aggregate(skill, (s, e) => Skill.Evolve(s, e));

    private static IEnumerable<string> Callers() => Enumerable.Range(0, 1000).Select(i => $"caller-{i}");
}
