using System.Globalization;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;

namespace Pipeline.Domain.Skills.Tiers;

/// <summary>What speaks for a version and what is missing, tier by tier.</summary>
/// <param name="AcceptsStale">Whether verdicts count that were given by rules or on evidence of before, where by today's nobody has judged yet.</param>
internal sealed record TierCase(GatePolicy Gates, Skill Skill, SkillVersion Version, TierFacts Facts, bool AcceptsStale)
{
    private const string Spec = "spec";
    private const string Security = "security";
    private const string Grounding = "grounding";
    private const string Backtest = "backtest";
    private const string Platform = "platform";
    private const int MostNamed = 5;

    private string Digest => Version.PackageDigest;

    /// <summary>What is missing or failed for a tier beyond what the tiers below it need, in words.</summary>
    public IEnumerable<string> Missing(Tier tier) => Barriers(tier).Concat(tier switch
    {
        Tier.T1 => Skill.Trusted.Contains(Digest) ? [] : Vetted(),
        Tier.T2 => (Skill.Trusted.Contains(Digest) ? Vetted() : []).Concat(Founded()),
        Tier.T3 => Proven(),
        _ => Seasoned(),
    });

    public IEnumerable<string> Evidence(Tier tier) => tier switch
    {
        Tier.T1 when Skill.Trusted.Contains(Digest) => ["entered on trust"],
        Tier.T1 => Jobs(Spec, Security),
        Tier.T2 => Jobs(Grounding, Backtest),
        Tier.T3 => [.. Jobs(Platform), .. Approvers(Digest).Take(1).Select(by => $"approved by {by}")],
        _ => Approvers(Digest).Select(by => $"approved by {by}"),
    };

    public bool IsApproved(string digest) => Approvers(digest).Any();

    public bool IsVouched(string digest) => Of(Security, digest) is { Verdict: Verdict.Passed } && IsApproved(digest);

    /// <summary>Whether what a package can do is old where something is made from it: new rules make that no newer, until they judge it.</summary>
    public bool VouchesForOthers(string digest) => (Current(Security, digest) ?? Older(Security, digest)) is { Verdict: Verdict.Passed } && IsApproved(digest);

    /// <summary>The tier of a version that something was made from; null while nobody has judged it: then it says nothing.</summary>
    public static Tier? JudgedTier(Skill skill, SkillVersion version) =>
        skill.IsRevoked(version) ? Tier.Q
        : version.Tier > Tier.Q || skill.Quarantined.ContainsKey(version.PackageDigest)
            || skill.Verdicts.Values.Any(v => v.PackageDigest == version.PackageDigest && v.Verdict == Verdict.Failed && v.Validator.Name is Spec or Security) ? version.Tier
        : null;

    private IEnumerable<string> Vetted() => Passed(Spec).Concat(Passed(Security));

    private IEnumerable<string> Founded()
    {
        foreach (var name in new[] { Grounding, Backtest })
            foreach (var denial in Passed(name, StandsApproved(name))) yield return denial;
        if (Of(Grounding, Digest) is { Verdict: Verdict.Passed } grounding && SourcesOf(grounding) is var sources && sources < Gates.Sources)
            yield return string.Create(CultureInfo.InvariantCulture, $"borne out by {sources:0} independent {(sources == 1 ? "source" : "sources")}, needs {Gates.Sources}");
    }

    private IEnumerable<string> Proven()
    {
        if (IsApproved(Digest) || Passed(Platform).FirstOrDefault() is not { } denial) yield break;
        var unapproved = $"no person {(Gates.AuthorMayApprove ? "" : "other than its author ")}approved it";
        yield return TierRules.IsStale(denial) ? $"{denial}, and {unapproved}" : $"no gain on a platform is shown ({denial}), and {unapproved}";
    }

    // No counts of what grows by itself: a denial is recorded when it changes.
    private IEnumerable<string> Seasoned()
    {
        var approvers = Approvers(Digest).Count();
        if (approvers < Gates.Approvers) yield return string.Create(CultureInfo.InvariantCulture, $"{approvers} of {Gates.Approvers} approvals by different persons");
        var proven = Facts.Record.ProvenSince.TryGetValue(Digest, out var since) && Facts.Now >= since.AddDays(Gates.CleanDays);
        if (!proven && Gates.CleanDays > 0) yield return string.Create(CultureInfo.InvariantCulture, $"not yet {Gates.CleanDays:0.##} days at T3");
        foreach (var failed in Verdicts(Digest).Where(v => v.Verdict == Verdict.Failed).OrderBy(v => v.Validator.Name, StringComparer.Ordinal)) yield return $"not clean: {Said(failed)}";
        var use = CleanUse.Of(Skill.Usage.Values.Where(u => Skill.Version(u.Version)?.PackageDigest == Digest));
        if (use.Uses < Gates.CleanUses) yield return string.Create(CultureInfo.InvariantCulture, $"fewer than {Gates.CleanUses} uses");
        if (use.IsLoss(Gates)) yield return "not clean: runs with it succeed less often than matched runs without it";
        if (use.Models.Count > 1 && use.Losing(Gates) is { Count: > 0 } losing) yield return $"not clean: runs of {Listed(losing)} with it succeed less often than matched runs without it";
    }

    private IEnumerable<string> Barriers(Tier tier)
    {
        if (tier == Tier.T1 && Skill.IsRevoked(Version)) yield return "revoked";
        if (tier == Tier.T1 && Descent.Quarantine(Skill, Version, Facts, IsApproved) is { Length: > 0 } quarantine) yield return $"{quarantine}; a person has to look and approve it";
        // Who enters a version at T1 by their word has looked at what it can do that far.
        var most = Skill.Trusted.Contains(Digest) ? Tier.T1 : Gates.UnapprovedPowers;
        if (tier == most + 1 && PowerGate.Unapproved(Skill, Version, Facts, IsVouched, VouchesForOthers) is { Count: > 0 } powers)
            yield return VouchesForOthers(Digest) ? $"stale: security let through that it brings {Listed(powers)} by other rules than today's, and has not judged it again"
                : $"brings {Listed(powers)}: security has to pass on it and a person {(Gates.AuthorMayApprove ? "" : "other than its author ")}has to approve it";
        if (LowestParent() is { } lowest && tier == lowest.Tier + 1)
            yield return $"a merge starts at the lower of its parents' tiers, and {lowest.Name} is at {lowest.Tier}: until grounding and backtest pass on the merged text, or a person approves it";
    }

    // What the merged text has shown itself is no longer what its parents lend it.
    private (Tier Tier, string Name)? LowestParent()
    {
        var origin = Skill.OriginOf(Version);
        if (origin.Operation != VersionOperation.Merge || IsApproved(Digest)) return null;
        if (Of(Grounding, Digest) is { Verdict: Verdict.Passed } && Of(Backtest, Digest) is { Verdict: Verdict.Passed }) return null;
        var judged = origin.Parents.Select(p => (Tier: TierOf(p), Name: $"{p.SkillId} v{p.Version}")).Where(p => p.Tier is not null).ToList();
        return judged.Count == 0 ? null : judged.Select(p => (p.Tier!.Value, p.Name)).MinBy(p => p.Value);
    }

    private Tier? TierOf(VersionReference parent) => parent.SkillId == Skill.Id
        ? Skill.Version(parent.Version) is { } own ? JudgedTier(Skill, own) : null
        : Facts.Parents.GetValueOrDefault(parent)?.Tier;

    private IEnumerable<string> Passed(string name, bool standsApproved = false)
    {
        var verdict = Of(name, Digest);
        if (verdict is not { IsJudged: true } && Older(name, Digest) is { } older) yield return $"stale: {name} judged it {Before(older)}, and has not judged it again";
        else if (verdict is null) yield return $"{name} has not judged it";
        else if (verdict.Verdict != Verdict.Passed && !(standsApproved && verdict.Verdict == Verdict.Inconclusive)) yield return Said(verdict);
    }

    private bool StandsApproved(string name) => Gates.ApprovalStandsForEvidence && IsApproved(Digest) && Of(name, Digest) is { Verdict: Verdict.Inconclusive };

    private static string Said(StandingVerdict verdict)
    {
        var why = verdict.Reason.Length > 0 ? verdict.Reason : string.Join(", ", verdict.Metrics.OrderBy(m => m.Key, StringComparer.Ordinal).Take(MostNamed)
            .Select(m => string.Create(CultureInfo.InvariantCulture, $"{m.Key} {m.Value:0.##}")));
        return $"{verdict.Validator.Name} {Word(verdict.Verdict)}{(why.Length > 0 ? $" ({why})" : "")}";
    }

    private StandingVerdict? Of(string name, string digest)
    {
        var said = Facts.Validators.TryGetValue(name, out var today) ? Skill.VerdictOf(digest, today, EvidenceFor(name)) : null;
        return AcceptsStale && said is not { IsJudged: true } ? Older(name, digest) ?? said : said;
    }

    private StandingVerdict? Current(string name, string digest) =>
        Facts.Validators.TryGetValue(name, out var today) && Skill.VerdictOf(digest, today, EvidenceFor(name)) is { IsJudged: true } said ? said : null;

    // The last word: what was overruled since is not revived by rules that come after both.
    private StandingVerdict? Older(string name, string digest) => Skill.Verdicts.Values
        .Where(v => v.PackageDigest == digest && v.Validator.Name == name && v.IsJudged && (v.Validator != Facts.Validators.GetValueOrDefault(name) || v.Evidence != EvidenceFor(name)))
        .MaxBy(v => v.Place);

    private string EvidenceFor(string name) => name is Grounding or Backtest ? Facts.Evidence : "";

    private string Before(StandingVerdict older) => older.Validator == Facts.Validators.GetValueOrDefault(older.Validator.Name) ? "on evidence of before" : "by other rules than today's";

    private IEnumerable<StandingVerdict> Verdicts(string digest) =>
        Skill.Verdicts.Values.Where(v => v.PackageDigest == digest).Select(v => v.Validator.Name).Distinct(StringComparer.Ordinal).Select(n => Of(n, digest)).OfType<StandingVerdict>();

    // An approval is recorded under an actor or a person's bare id: both are the same person.
    private IEnumerable<string> Approvers(string digest) => Skill.Approvals.Where(a => a.PackageDigest == digest && Actor.PersonIn(a.By) is not null)
        .Where(a => Gates.AuthorMayApprove || Facts.Record.IsOther(a.By, digest)).Select(a => a.By).Order(StringComparer.Ordinal).DistinctBy(Actor.PersonIn, StringComparer.Ordinal);

    private IEnumerable<string> Jobs(params string[] names) => names.Select(n => Of(n, Digest)).OfType<StandingVerdict>().Select(v => $"{v.Validator.Name}: {v.Job}{On(v.Evidence)}");

    private static string On(string evidence) => evidence.Length == 0 ? "" : string.Create(
        CultureInfo.InvariantCulture, $" on {string.Join(" and ", EvidenceCut.Read(evidence).Select(c => $"{c.Through} of {c.FamilyId}"))}");

    private static double SourcesOf(StandingVerdict grounding) =>
        grounding.Metrics.TryGetValue("fewestSources", out var fewest) ? fewest : grounding.Metrics.GetValueOrDefault("sources");

    private static string Word(Verdict verdict) => verdict switch
    {
        Verdict.Passed => "passed",
        Verdict.Failed => "failed",
        Verdict.Inconclusive => "could not tell",
        _ => "was kept from judging, and has to run again",
    };

    private static string Listed(IReadOnlyList<string> names) =>
        names.Count <= MostNamed ? string.Join(", ", names) : $"{string.Join(", ", names.Take(MostNamed))} and {names.Count - MostNamed} more";
}
