using Pipeline.Domain.Validation;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Domain.Skills.Tiers;

/// <summary>What a validator last said of a package by certain rules. It counts while those rules are today's.</summary>
public sealed record StandingVerdict(string Job, string PackageDigest, Validator Validator, Verdict Verdict, IReadOnlyDictionary<string, double> Metrics)
{
    public VerdictKey Key => new(PackageDigest, Validator);

    public static StandingVerdict Of(ValidationCompleted e) => new(e.Job, e.PackageDigest, new(e.Validator, e.ValidatorVersion, e.RulesetDigest), e.Verdict, e.Metrics);
}

public sealed record VerdictKey(string PackageDigest, Validator Validator);
