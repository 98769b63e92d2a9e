using static Pipeline.Domain.Skills.SkillCommand;

namespace Pipeline.Domain.Skills.Tiers;

/// <summary>Which version an alias may name, and where aliases go by themselves.</summary>
public static class AliasRules
{
    public const string Latest = Skill.LatestAlias;
    public const string Canary = "canary";
    public const string Production = "production";

    /// <summary>The tier from which a version may be served under an alias.</summary>
    public static Tier Needs(string alias) => alias switch { Latest => Tier.T1, Production => Tier.T3, _ => Tier.T2 };

    /// <summary>Whether an alias that people may move can also go by itself, where the gates say so.</summary>
    public static bool CanFollow(string alias) => alias == Canary;

    /// <summary>Whether an alias can go to newer versions by itself.</summary>
    public static bool GoesByItself(string alias) => alias == Latest || CanFollow(alias);

    /// <summary>Commands that bring the aliases to where they belong; none where they are there. <c>latest</c> is the newest version at T1 or above,
    /// <c>canary</c> at T2 or above where the gates let it follow; one that somebody moved only to a version that was made since, and
    /// one that a release holds to none. Any other stays, until what it names may not be served under it any more: then it
    /// goes to the newest version that may, or is removed.</summary>
    public static IReadOnlyList<SkillCommand> Following(GatePolicy gates, Skill skill)
    {
        if (skill.Versions.Count == 0) return [];
        var aliases = skill.Aliases.Keys.Append(Latest).Concat(gates.CanaryFollows ? [Canary] : []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        return [.. aliases.Select(alias => Following(alias, gates, skill)).OfType<SkillCommand>()];
    }

    public static string Refusal(string alias, Skill skill, SkillVersion version) =>
        $"{alias} needs {Needs(alias)}, and version {version.Number} of {skill.Id} is at {version.Tier}"
        + (version.Denials.Count > 0 ? $": {string.Join("; ", version.Denials)}" : "; it has not been judged yet: `validate` does that")
        + (Newest(alias, skill) is { } allowed ? $". Version {allowed.Number} may be named" : "");

    private static SkillCommand? Following(string alias, GatePolicy gates, Skill skill)
    {
        var at = skill.Aliases.TryGetValue(alias, out var number) ? skill.Version(number) : null;
        var stands = at is not null && May(alias, skill, at);
        // Who sleeps serves nothing; where the aliases belong is seen when it wakes.
        if (skill.Lifecycle != Lifecycle.Active) return at is not null && skill.IsRevoked(at) ? new RemoveAlias(alias, Why(at, alias, skill)) : null;
        var follows = !skill.PinnedBy.ContainsKey(alias) && (alias == Latest || (alias == Canary && gates.CanaryFollows));
        if (stands && !follows) return null;
        var newest = Newest(alias, skill);
        if (newest is null) return at is null ? null : new RemoveAlias(alias, Why(at, alias, skill));
        if (newest.Number == at?.Number || (stands && skill.Pins.TryGetValue(alias, out var pin) && newest.Number <= pin)) return null;
        return new MoveAlias(alias, newest.Number, stands || at is null ? $"the newest version at {Needs(alias)} or above" : Why(at, alias, skill))
        {
            Share = skill.Shares.GetValueOrDefault(alias)?.Percent,
            Follows = true,
        };
    }

    private static string Why(SkillVersion left, string alias, Skill skill) =>
        skill.IsRevoked(left) ? $"version {left.Number} was revoked" : $"version {left.Number} is at {left.Tier}, and {alias} needs {Needs(alias)}";

    private static SkillVersion? Newest(string alias, Skill skill) => skill.Versions.FindLast(v => May(alias, skill, v));

    private static bool May(string alias, Skill skill, SkillVersion version) => version.Tier >= Needs(alias) && !skill.IsRevoked(version);
}
