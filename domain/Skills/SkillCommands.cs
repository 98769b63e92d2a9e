using Pipeline.Domain.Families;

namespace Pipeline.Domain.Skills;

/// <summary>What can be asked of one skill; a merge asks several at once and stands in <see cref="SkillMerge"/>.</summary>
public abstract record SkillCommand
{
    public sealed record Create(
        string SkillId, string Name, SkillOrigin Origin, string FamilyId, string Environment, SkillKind Kind, VersionContent Content) : SkillCommand
    {
        /// <summary>Of a sibling: the skill that it is one of, and the model that it is for. Null of any other.</summary>
        public VersionReference? VariantOf { get; init; }
        public string? Model { get; init; }
    }

    /// <param name="BaseVersion">Must be the current one: an edit made on an older text is made again.</param>
    public sealed record Improve(int BaseVersion, VersionContent Content, IReadOnlyList<SectionEdit> Edits) : SkillCommand;

    public sealed record Retire(RetirementCause Cause, string Reason) : SkillCommand;

    public sealed record Reinstate(string Reason) : SkillCommand;

    /// <summary>Brings a retired skill back with another text, at once: what it was retired for is not served again in between.</summary>
    /// <param name="BaseVersion">Must be the current one.</param>
    public sealed record Renew(string Reason, int BaseVersion, VersionContent Content, IReadOnlyList<SectionEdit> Edits) : SkillCommand;

    public sealed record RollBack(int ToVersion, string Reason) : SkillCommand;

    public sealed record Revoke(int Version, string Reason) : SkillCommand;

    public sealed record RequestValidation(string Job, int Version, string Validator, string ValidatorVersion, string RulesetDigest) : SkillCommand
    {
        /// <summary>The evidence that it is to be judged by; null where evidence has no part in it.</summary>
        public IReadOnlyList<EvidenceCut>? Evidence { get; init; }
    }

    public sealed record CompleteValidation(
        string Job, int Version, string Validator, string ValidatorVersion, string RulesetDigest,
        Verdict Verdict, IReadOnlyDictionary<string, double> Metrics, string ReportDigest) : SkillCommand
    {
        /// <summary>In short, for people, why it is no pass.</summary>
        public string? Reason { get; init; }
        public IReadOnlyList<EvidenceCut>? Evidence { get; init; }
    }

    public sealed record Approve(int Version, string By, string Reason) : SkillCommand;

    public sealed record WithdrawApproval(int Version, string By, string Reason) : SkillCommand;

    public sealed record DecideTier(
        int Version, Tier To, string Policy, IReadOnlyList<string> Evidence, IReadOnlyList<string> Denials) : SkillCommand;

    /// <summary>What was made, here, from a version of another skill that was revoked.</summary>
    /// <param name="Versions">Those that were made from it; what was made from them is found.</param>
    /// <param name="Revoked">The other skill's version, for people.</param>
    public sealed record Quarantine(IReadOnlyList<int> Versions, string Revoked) : SkillCommand;

    public sealed record MoveAlias(string Alias, int ToVersion, string Reason) : SkillCommand
    {
        /// <summary>Percent of the callers who are to get it, 0 to 100; null: all.</summary>
        public int? Share { get; init; }

        /// <summary>Whether the alias goes there by itself; null: somebody moves it.</summary>
        public bool? Follows { get; init; }

        /// <summary>The stage whose release is to hold it there; null: none.</summary>
        public string? PinnedBy { get; init; }
    }

    /// <summary>Lets go of an alias that a release held; it stays where it is.</summary>
    /// <param name="Stage">Whose release held it; what another holds is left alone.</param>
    public sealed record UnpinAlias(string Alias, string Stage, string Reason) : SkillCommand;

    public sealed record RemoveAlias(string Alias, string Reason) : SkillCommand;

    public sealed record SummariseUsage(
        int Version, string Model, DateTimeOffset From, DateTimeOffset To, int Exposures, int Successes,
        int MatchedExposures, int MatchedSuccesses, long Tokens) : SkillCommand;
}
