using System.Text.RegularExpressions;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills.Tiers;
using static Pipeline.Domain.Skills.SkillCommand;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Domain.Skills;

/// <summary>Decides on commands to one skill. A command that is already in effect yields no event.</summary>
public static partial class SkillDecider
{
    public static Decision Decide(SkillCommand command, Skill skill) => (skill, command) switch
    {
        ({ UnknownEvent.Length: > 0 }, _) => Decision.RefuseUnknown($"skill {skill.Id}", skill.UnknownEvent),

        ({ Lifecycle: Lifecycle.Unborn }, Create c) => Birth(c),
        (_, Create c) => skill.Id == c.SkillId && skill.Versions[0].PackageDigest == c.Content.Package.Digest
            ? Decision.Nothing
            : Decision.Refuse("skill-exists", $"skill {skill.Id} exists already; improve it, or choose another id"),
        ({ Lifecycle: Lifecycle.Unborn }, _) => Decision.Refuse("skill-unknown", "there is no such skill; `skill list` shows those there are"),

        ({ Lifecycle: Lifecycle.Retired }, Reinstate c) => Decision.Of(new SkillReinstated(c.Reason)),
        ({ Lifecycle: Lifecycle.Active }, Reinstate) => Decision.Nothing,
        ({ Lifecycle: Lifecycle.Retired }, Renew c) => Renewal(c, skill),
        ({ Lifecycle: Lifecycle.Retired }, Retire) => Decision.Nothing,
        (_, Revoke c) => Revocation(c, skill),
        (_, SkillCommand.Quarantine c) => Quarantining(c, skill),
        (_, CompleteValidation c) => Completion(c, skill),
        // What is asleep may be woken, and what it is worth may be known before.
        (_, DecideTier c) => OnVersion(skill, c.Version, v => c.To > v.Tier
            ? UnlessRevoked(skill, v, () => TierOf(v, c))
            : TierOf(v, c)),
        (_, RemoveAlias c) => skill.Aliases.TryGetValue(c.Alias, out var at) ? Decision.Of(new AliasRemoved(c.Alias, at, c.Reason)) : Decision.Nothing,
        // What sleeps or is gone is nothing that a release must hold on to.
        (_, UnpinAlias c) => Unpinning(c, skill),
        (_, SummariseUsage c) => OnVersion(skill, c.Version, _ => Summary(c, skill)),
        (_, WithdrawApproval c) => OnVersion(skill, c.Version, v => skill.ApprovalsBy(c.By, v.PackageDigest).Any()
            ? Decision.Of(new ApprovalWithdrawn(v.PackageDigest, c.By, c.Reason))
            : Decision.Nothing),

        ({ Lifecycle: Lifecycle.Absorbed }, _) => Decision.Refuse(
            "skill-absorbed", $"skill {skill.Id} was absorbed by {skill.AbsorbedInto?.SkillId}; ask that one, or undo the merge"),
        ({ Lifecycle: Lifecycle.Retired }, _) => Decision.Refuse("skill-retired", $"skill {skill.Id} is retired; reinstate it first"),

        (_, Improve c) => Improvement(c, skill),
        (_, Renew c) => skill.Current!.PackageDigest == c.Content.Package.Digest
            ? Decision.Nothing
            : Decision.Refuse("skill-not-retired", $"skill {skill.Id} is not retired; improve it"),
        (_, Retire c) => Decision.Of(new SkillRetired(c.Cause, c.Reason)),
        (_, RollBack c) => OnVersion(skill, c.ToVersion, v => UnlessRevoked(skill, v, () => RollBackTo(v, c, skill))),
        (_, RequestValidation c) => OnVersion(skill, c.Version, v => skill.OpenJobs.ContainsKey(c.Job) || skill.ClosedJobs.ContainsKey(c.Job)
            ? Decision.Nothing
            : Decision.Of(new ValidationRequested(c.Job, v.Number, v.PackageDigest, c.Validator, c.ValidatorVersion, c.RulesetDigest) { Evidence = c.Evidence })),
        (_, Approve c) => OnVersion(skill, c.Version, v => UnlessRevoked(skill, v, () => skill.ApprovalsBy(c.By, v.PackageDigest).Any()
            ? Decision.Nothing
            : Decision.Of(new ApprovalGiven(v.PackageDigest, c.By, c.Reason)))),
        (_, MoveAlias c) => OnVersion(skill, c.ToVersion, v => UnlessRevoked(skill, v, () => Move(c, v, skill))),
        _ => throw new InvalidOperationException($"no rule for {command.GetType().Name}"),
    };

    /// <summary>A name as the Agent Skills specification has it: 1 to 64 lower-case letters, digits and single hyphens.</summary>
    public static bool IsName(string name) => name.Length <= 64 && NamePattern().IsMatch(name);

    private static Decision Birth(Create c) => IsName(c.Name)
        ? Decision.Of(new SkillCreated
        {
            SkillId = c.SkillId,
            Name = c.Name,
            Origin = c.Origin,
            FamilyId = c.FamilyId,
            Environment = c.Environment,
            Kind = c.Kind,
            Content = c.Content,
            VariantOf = c.VariantOf,
            Model = c.Model,
        })
        : Decision.Refuse("skill-name", $"'{c.Name}' is no skill name: at most 64 lower-case letters, digits and single hyphens inside");

    private static Decision Improvement(Improve c, Skill skill)
    {
        if (skill.Current!.PackageDigest == c.Content.Package.Digest) return Decision.Nothing;
        if (c.BaseVersion != skill.Current.Number)
            return Decision.Refuse("base-moved", $"the edit was made on version {c.BaseVersion}, and {skill.Current.Number} stands now; make it again on that one");
        return skill.RevokedDigests.Contains(c.Content.Package.Digest)
            ? Decision.Refuse("digest-revoked", "a version with exactly this content was revoked")
            : Decision.Of(new SkillImproved(skill.NextNumber, c.BaseVersion, c.Content, c.Edits));
    }

    private static Decision Renewal(Renew c, Skill skill) => Improvement(new(c.BaseVersion, c.Content, c.Edits), skill) switch
    {
        Decision.Accepted { Events: { Count: > 0 } made } => new Decision.Accepted([new SkillReinstated(c.Reason), .. made]),
        Decision.Accepted => Decision.Refuse("nothing-new", $"skill {skill.Id} says exactly that already; reinstate it"),
        var refused => refused,
    };

    private static Decision RollBackTo(SkillVersion version, RollBack c, Skill skill) =>
        version.PackageDigest == skill.Current!.PackageDigest
            ? Decision.Nothing
            : Decision.Of(new SkillRolledBack(skill.NextNumber, version.Number, version.PackageDigest, c.Reason));

    private static Decision Revocation(Revoke c, Skill skill) => OnVersion(skill, c.Version, v => skill.IsRevoked(v)
        ? Decision.Nothing
        : new Decision.Accepted([new VersionRevoked(v.Number, v.PackageDigest, c.Reason), .. Quarantine(
            skill, [.. skill.Versions.Where(s => s.PackageDigest == v.PackageDigest).Select(s => s.Number)], v.PackageDigest, $"{v.Number}")]));

    private static Decision Quarantining(SkillCommand.Quarantine c, Skill skill)
    {
        var from = skill.Versions.FindAll(v => c.Versions.Contains(v.Number));
        var direct = from.FindAll(v => !skill.IsRevoked(v) && !IsHeld(skill, v.PackageDigest)).DistinctBy(v => v.PackageDigest, StringComparer.Ordinal)
            .Select(v => Quarantined(v, c.Revoked)).ToList();
        var after = direct.Aggregate(skill, Skill.Evolve);
        return new Decision.Accepted([.. direct, .. Quarantine(after, [.. from.Select(v => v.Number)], "", c.Revoked)]);
    }

    // What was made from a revoked version may carry what it was revoked for.
    private static IEnumerable<ILedgerEvent> Quarantine(Skill skill, HashSet<int> tainted, string revokedDigest, string revoked)
    {
        var told = new HashSet<string>(skill.Quarantined.Keys.Where(digest => IsHeld(skill, digest)), StringComparer.Ordinal);
        foreach (var version in skill.Versions)
        {
            var descends = version.Parents.Any(p => p.SkillId == skill.Id && tainted.Contains(p.Version));
            if (!descends || version.PackageDigest == revokedDigest) continue;
            tainted.Add(version.Number);
            if (!skill.IsRevoked(version) && told.Add(version.PackageDigest)) yield return Quarantined(version, revoked);
        }
    }

    // Who approved it after an earlier revocation did not know of this one.
    private static bool IsHeld(Skill skill, string digest) => skill.Quarantined.ContainsKey(digest) && !skill.Approvals.Any(a => a.PackageDigest == digest);

    private static TierDecided Quarantined(SkillVersion version, string revoked) =>
        new(version.Number, version.PackageDigest, version.Tier, Tier.Q, TierRules.Revocation, [], [Descent.Reason(revoked)]);

    private static Decision Completion(CompleteValidation c, Skill skill) => OnVersion(skill, c.Version, v =>
    {
        // To have been kept from judging is no word: who comes late with one is heard.
        if (skill.ClosedJobs.TryGetValue(c.Job, out var end) && (end.IsJudged || c.Verdict == Verdict.InfraBlocked)) return Decision.Nothing;
        if (!skill.OpenJobs.TryGetValue(c.Job, out var asked) && end is null) return Decision.Refuse("job-unknown", $"no validation job {c.Job} was requested");
        if (end is not null) asked = end.Version;
        return asked == v.Number
            ? Decision.Of(new ValidationCompleted(
                c.Job, v.Number, v.PackageDigest, c.Validator, c.ValidatorVersion, c.RulesetDigest, c.Verdict, c.Metrics, c.ReportDigest)
            {
                Reason = c.Reason,
                Evidence = c.Evidence,
            })
            : Decision.Refuse("job-differs", $"validation job {c.Job} was requested for version {asked}, not {v.Number}");
    });

    private static Decision TierOf(SkillVersion version, DecideTier c) => version.Tier == c.To && version.Denials.SequenceEqual(c.Denials)
        ? Decision.Nothing
        : Decision.Of(new TierDecided(version.Number, version.PackageDigest, version.Tier, c.To, c.Policy, c.Evidence, c.Denials));

    private static Decision Summary(SummariseUsage c, Skill skill)
    {
        var summary = new UsageSummarised(
            c.Version, c.Model, c.From, c.To, c.Exposures, c.Successes, c.MatchedExposures, c.MatchedSuccesses, c.Tokens);
        return skill.Usage.TryGetValue((c.Version, c.Model), out var last) && last == summary ? Decision.Nothing : Decision.Of(summary);
    }

    private static Decision Move(MoveAlias c, SkillVersion version, Skill skill)
    {
        if (!IsName(c.Alias)) return Decision.Refuse("alias-name", $"'{c.Alias}' is no alias: at most 64 lower-case letters, digits and single hyphens inside");
        if (c.Share is < 0 or > CanaryShare.All) return Decision.Refuse("alias-share", $"a share is a percentage from 0 to {CanaryShare.All}, not {c.Share}");
        int? from = skill.Aliases.TryGetValue(c.Alias, out var at) ? at : null;
        var share = c.Share == CanaryShare.All ? null : c.Share;
        var isHeld = c.PinnedBy is null || skill.PinnedBy.GetValueOrDefault(c.Alias) == c.PinnedBy;
        if (from == version.Number && share == skill.Shares.GetValueOrDefault(c.Alias)?.Percent && isHeld) return Decision.Nothing;
        return version.Tier >= AliasRules.Needs(c.Alias)
            ? Decision.Of(new AliasMoved(c.Alias, from, version.Number, c.Reason)
            {
                Share = share,
                StaysThrough = c.PinnedBy is not null ? StayingOf(c.Alias, skill) : c.Follows != true && AliasRules.CanFollow(c.Alias) ? skill.Versions.Count : null,
                PinnedBy = c.PinnedBy,
            })
            : Decision.Refuse("tier-too-low", AliasRules.Refusal(c.Alias, skill, version));
    }

    private static Decision Unpinning(UnpinAlias c, Skill skill) =>
        skill.Aliases.TryGetValue(c.Alias, out var at) && skill.PinnedBy.GetValueOrDefault(c.Alias) == c.Stage
            ? Decision.Of(new AliasMoved(c.Alias, at, at, c.Reason) { Share = skill.Shares.GetValueOrDefault(c.Alias)?.Percent, StaysThrough = StayingOf(c.Alias, skill) })
            : Decision.Nothing;

    // An alias that goes by itself goes on from here with what is made from now on.
    private static int? StayingOf(string alias, Skill skill) => AliasRules.GoesByItself(alias) ? skill.Versions.Count : null;

    private static Decision UnlessRevoked(Skill skill, SkillVersion version, Func<Decision> decide) => skill.IsRevoked(version)
        ? Decision.Refuse("version-revoked", $"version {version.Number} of {skill.Id} is revoked; choose another (`skill history {skill.Id}`)")
        : decide();

    private static Decision OnVersion(Skill skill, int number, Func<SkillVersion, Decision> decide) => skill.Version(number) is { } version
        ? decide(version)
        : Decision.Refuse("version-unknown", $"skill {skill.Id} has versions 1 to {skill.Versions.Count}, not {number}");

    [GeneratedRegex("\\A[a-z0-9]+(-[a-z0-9]+)*\\z", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex NamePattern();
}
