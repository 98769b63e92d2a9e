using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Skills.Tiers;

/// <summary>How far a version is trusted: a function of what is known of its package, never of the order in which that became known.</summary>
public static class TierRules
{
    /// <summary>What a record cites instead of gates where a version was quarantined because of what it descends from.</summary>
    public const string Revocation = "revocation";

    private const string Stale = "stale: ";

    public static bool IsStale(string denial) => denial.StartsWith(Stale, StringComparison.Ordinal);

    /// <summary>The lowest tier that stands on what is stale, where one that is kept does, and not only a higher one is denied for it; null where none does.</summary>
    public static Tier? KeptStale(Tier tier, IReadOnlyCollection<string> denials)
    {
        for (var t = Tier.T1; t <= tier; t++)
            if (denials.Any(d => d.StartsWith($"{Stale}{t}: ", StringComparison.Ordinal))) return t;
        return null;
    }

    public static TierVerdict Decide(GatePolicy gates, Skill skill, SkillVersion version, TierFacts facts)
    {
        var known = new TierCase(gates, skill, version, facts, AcceptsStale: false);
        var fresh = Reached(_ => known);
        if (version.Tier <= fresh.To) return fresh;
        // New rules make old evidence stale and not false: what stands, stands until it is judged again, as long as the gates wait.
        var kept = Reached(tier => IsWithinGrace(tier, gates, version, facts) ? known with { AcceptsStale = true } : known);
        return kept.To <= fresh.To ? fresh : fresh with { To = kept.To < version.Tier ? kept.To : version.Tier, Evidence = kept.Evidence };
    }

    /// <summary>Everything that follows for a skill from how it stands now: tiers that change, or are denied for other reasons than before, and then
    /// the aliases. Applied to the state that it leads to, it yields nothing.</summary>
    public static IReadOnlyList<SkillEvent> Following(GatePolicy gates, Skill skill, TierFacts facts)
    {
        var events = new List<SkillEvent>();
        foreach (var version in skill.Versions.DistinctBy(v => v.PackageDigest, StringComparer.Ordinal).Where(v => Concerns(skill, v)))
        {
            var verdict = Decide(gates, skill, skill.Version(version.Number)!, facts);
            Apply(new SkillCommand.DecideTier(version.Number, verdict.To, gates.Reference, verdict.Evidence, verdict.Denials));
        }
        foreach (var move in AliasRules.Following(gates, skill)) Apply(move);
        return events;

        void Apply(SkillCommand command)
        {
            if (SkillDecider.Decide(command, skill) is not Decision.Accepted { Events: var more }) return;
            events.AddRange(more.Cast<SkillEvent>());
            skill = more.Aggregate(skill, Skill.Evolve);
        }
    }

    /// <summary>How a version stands towards those that are made from it in other skills.</summary>
    public static ParentStanding StandingOf(GatePolicy gates, Skill skill, SkillVersion version, TierFacts facts)
    {
        var known = new TierCase(gates, skill, version, facts, AcceptsStale: false);
        var quarantine = skill.IsRevoked(version)
            ? Descent.Reason($"{version.Number} of {skill.Id}")
            : Descent.Quarantine(skill, version, facts, known.IsApproved);
        return new(TierCase.JudgedTier(skill, version), PowerGate.PassedOn(skill, version, facts, known.VouchesForOthers), quarantine);
    }

    /// <param name="known">By the tier that it is asked about.</param>
    private static TierVerdict Reached(Func<Tier, TierCase> known)
    {
        var evidence = new List<string>();
        for (var tier = Tier.T1; tier <= Tier.T4; tier++)
        {
            var denials = known(tier).Missing(tier).ToList();
            if (denials.Count > 0)
                return new(tier - 1, [.. evidence], [.. denials.Select(d => IsStale(d) ? $"{Stale}{tier}: {d[Stale.Length..]}" : $"{tier}: {d}")]);
            evidence.AddRange(known(tier).Evidence(tier));
        }
        return new(Tier.T4, [.. evidence], []);
    }

    private static bool IsWithinGrace(Tier tier, GatePolicy gates, SkillVersion version, TierFacts facts) =>
        gates.StaleAfter is not { } days || facts.Record.StaleSince(version.PackageDigest, tier) is not { } since || facts.Now < since.AddDays(days);

    // What nobody has judged is left alone until somebody does.
    private static bool Concerns(Skill skill, SkillVersion version) =>
        version.Tier > Tier.Q || version.Denials.Count > 0
        || skill.Verdicts.Values.Any(v => v.PackageDigest == version.PackageDigest) || skill.Approvals.Any(a => a.PackageDigest == version.PackageDigest);
}
