using Pipeline.Domain.Validation;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Domain.Skills.Tiers;

/// <summary>What a validator last said of a package by certain rules. It counts while those rules are today's.</summary>
/// <param name="Reason">In short why it is no pass; empty where nobody said.</param>
public sealed record StandingVerdict(string Job, string PackageDigest, Validator Validator, Verdict Verdict, IReadOnlyDictionary<string, double> Metrics, string Reason)
{
    /// <summary>Whether it judged at all.</summary>
    public bool IsJudged => Verdict != Verdict.InfraBlocked;

    public VerdictKey Key => new(PackageDigest, Validator);

    public static StandingVerdict Of(ValidationCompleted e) => new(e.Job, e.PackageDigest, new(e.Validator, e.ValidatorVersion, e.RulesetDigest), e.Verdict, e.Metrics, e.Reason ?? "");
}

public sealed record VerdictKey(string PackageDigest, Validator Validator);
