using Pipeline.Domain.Families;
using Pipeline.Domain.Validation;
using static Pipeline.Domain.Skills.SkillEvent;

namespace Pipeline.Domain.Skills.Tiers;

/// <summary>What a validator last said of a package by certain rules and certain evidence. It counts while those are today's.</summary>
/// <param name="Reason">In short why it is no pass; empty where nobody said.</param>
/// <param name="Place">In the order in which verdicts came.</param>
public sealed record StandingVerdict(string Job, string PackageDigest, Validator Validator, Verdict Verdict, IReadOnlyDictionary<string, double> Metrics, string Reason, int Place)
{
    /// <summary>The evidence that it was judged by (<see cref="EvidenceCut.TextOf"/>); empty where evidence has no part in it.</summary>
    public string Evidence { get; init; } = "";

    /// <summary>Whether it judged at all.</summary>
    public bool IsJudged => Verdict != Verdict.InfraBlocked;

    public VerdictKey Key => new(PackageDigest, Validator, Evidence);

    public static StandingVerdict Of(ValidationCompleted e, int place) =>
        new(e.Job, e.PackageDigest, new(e.Validator, e.ValidatorVersion, e.RulesetDigest), e.Verdict, e.Metrics, e.Reason ?? "", place) { Evidence = EvidenceCut.TextOf(e.Evidence) };
}

public sealed record VerdictKey(string PackageDigest, Validator Validator, string Evidence);
