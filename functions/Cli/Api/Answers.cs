using System.Text.Json;
using Pipeline.Domain.Skills.Tiers;

namespace Pipeline.Functions.Cli.Api;

// What the command line reads of the answers that docs/http-api.md describes. Members that it does not know stay in Answer.Json.

internal sealed record LedgerStatus
{
    public long Events { get; init; }
    public long Sealed { get; init; }
    public long Leaf { get; init; }
    public bool Settled { get; init; }
    public TrajectoryCounts Trajectories { get; init; } = new(0, 0);
    public int Families { get; init; }
    public SkillCounts Skills { get; init; } = new(0, 0, 0);
    public IReadOnlyDictionary<string, QueueCounts> Queues { get; init; } = new Dictionary<string, QueueCounts>(StringComparer.Ordinal);
    public JobFacts Validation { get; init; } = new(0, 0);
    public string Program { get; init; } = "";
    public ComposerFacts Composer { get; init; } = new("");
    public LogFacts Log { get; init; } = new(0);
    public IndexFacts Index { get; init; } = new();

    /// <summary>Whether nothing was ever fed to this ledger. (A published policy is an event, so the count of events does not tell.)</summary>
    public bool IsUnfed => Trajectories is { Recorded: 0, Rejected: 0 } && Skills is { Active: 0, Retired: 0, Absorbed: 0 }
        && Queues.Values.All(q => q is { Waiting: 0, Dead: 0 });
}

/// <param name="Problem">Why the search index takes nothing in; empty where nothing stands in the way.</param>
internal sealed record IndexFacts(string Problem = "");

/// <param name="Signed">How many leaves the last checkpoint covers.</param>
internal sealed record LogFacts(long Signed, LogStopFacts? Stopped = null);

/// <param name="Model">Empty for the built-in miner; so is where its requests go.</param>
internal sealed record ComposerFacts(string Name, string Model = "", string SentTo = "", ComposerDay? Today = null)
{
    public override string ToString() => Model.Length == 0 ? Name : $"{Name} ({Model} at {SentTo})";
}

internal sealed record ComposerDay(long Calls, long Tokens, double CostUsd);

internal sealed record TrajectoryCounts(long Recorded, long Rejected, long Unverified = 0);

internal sealed record SkillCounts(int Active, int Retired, int Absorbed);

/// <param name="Waiting">For an answer from outside.</param>
internal sealed record JobFacts(long Queued, long Running, long Waiting = 0, long Done = 0, long Failed = 0)
{
    public long Open => Queued + Running;
}

internal sealed record QueueCounts(long Waiting, long Dead);

internal sealed record EventsAnswer(IReadOnlyList<EventAnswer> Events);

/// <param name="Status"><c>accepted</c>, <c>duplicate</c> or <c>refused</c>.</param>
internal sealed record EventAnswer(string? Source, string? Id, string Status, string? Code, string? Message);

internal sealed record EventIdentity(string Source, string Id);

internal sealed record EventStates(IReadOnlyList<EventState> Events);

/// <param name="State"><c>recorded</c>, <c>rejected</c> or <c>pending</c>.</param>
internal sealed record EventState(string Source, string Id, string State, string? Message);

internal sealed record SkillPage(long Leaf, string? Next, IReadOnlyList<SkillFacts> Skills);

internal sealed record SkillFacts
{
    public required string Id { get; init; }
    public required string Name { get; init; }
    public string Description { get; init; } = "";
    public string Environment { get; init; } = "";
    public string Family { get; init; } = "";
    public string Origin { get; init; } = "";
    public string Status { get; init; } = "";

    /// <summary>The one that is served; null when every one is revoked. So is the digest.</summary>
    public int? Version { get; init; }

    public string? Digest { get; init; }

    /// <summary>The skill that it is a sibling of, and the model that it is for; null for a skill that is no sibling.</summary>
    public string? VariantOf { get; init; }
    public string? Model { get; init; }

    /// <summary>Of the version that is served.</summary>
    public string? Tier { get; init; }

    /// <summary>The alias that served it; so far as its tier allows.</summary>
    public string? ServedBy { get; init; }
    public string? Allows { get; init; }
    public string CreatedAt { get; init; } = "";
    public string UpdatedAt { get; init; } = "";
}

/// <param name="Use">Null for a skill that was not learned in this ledger.</param>
/// <param name="Withheld">What the version brings and its tier does not allow, e.g. <c>script scripts/run.sh</c>, <c>host example.org</c>.</param>
internal sealed record SkillAnswer(long Leaf, SkillFacts Skill, string Text, IReadOnlyList<FileFacts> Files, UseFacts? Use = null, TrustFacts? Trust = null, IReadOnlyList<string>? Withheld = null);

/// <param name="DecidedBy">The gates that decided last; empty while nobody has.</param>
/// <param name="Current">The version that stands, where that is another one.</param>
internal sealed record TrustFacts(
    int Version, string Tier, IReadOnlyList<string> Denials, string DecidedBy, IReadOnlyList<string> ApprovedBy, IReadOnlyDictionary<string, int> Aliases, TrustFacts? Current = null, string? TrustedBy = null);

internal sealed record AliasesAnswer(long Leaf, string Skill, IReadOnlyList<AliasFacts> Aliases);

/// <param name="Share">Percent of the callers who get it.</param>
/// <param name="PinnedBy">The stage whose release holds it; null: none.</param>
internal sealed record AliasFacts(string Alias, int Version, string Tier, string Needs, int Share, string Since, string By, string Reason, string? PinnedBy = null);

internal sealed record AliasHistoryAnswer(long Leaf, IReadOnlyList<AliasMoveFacts> Moves);

/// <param name="To">Null where the alias was removed.</param>
/// <param name="PinnedBy">The stage whose release holds it there; null: none.</param>
internal sealed record AliasMoveFacts(long Leaf, int? From, int? To, int? Share, string At, string Actor, string Reason, string? PinnedBy = null);

/// <param name="Helps">Models that the version that stands helps while it harms others.</param>
internal sealed record UseFacts(IReadOnlyList<VersionUseFacts> Versions, IReadOnlyList<string> Helps, IReadOnlyList<string> Harms)
{
    /// <summary>As the last decision says; null where it says nothing of models.</summary>
    public ModelsFacts? Models { get; init; }
    public IReadOnlyList<SiblingFacts> Siblings { get; init; } = [];
}

internal sealed record ModelsFacts(string Said);

internal sealed record SiblingFacts(string Name, string Model, string Status);

/// <param name="Version">Null: it is not known which it was.</param>
internal sealed record VersionUseFacts(int? Version, string Model, int Exposures, int Successes, int Controls, int ControlSuccesses, double Utility, double Lower, double Upper);

internal sealed record PoliciesAnswer(IReadOnlyList<PublishedPolicy> Published, IReadOnlyList<string> Shipped);

internal sealed record PublishedPolicy(string Id, int Version, string Digest, bool Active);

internal sealed record PolicyAnswer(string Id, int Version, string Digest, bool Active, bool Published, string Text);

internal sealed record PolicyCommandAnswer(string Id, int Version, string Digest, bool Active, IReadOnlyList<string> Events);

/// <param name="Leaf">Up to which the library was swept; null where it was not.</param>
/// <param name="Waiting">Families that somebody else is at.</param>
internal sealed record CurationAnswer(int Curated, int Waiting, long? Leaf, IReadOnlyList<SweptFacts> Operations);

internal sealed record SweptFacts(string Operation, string ReasonCode, string Reason, IReadOnlyList<string> Skills);

/// <param name="Mode">As git writes it: 100644 or 100755.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Content">Only where a replay was asked for.</param>
internal sealed record FileFacts(string Path, string Mode, string Sha256, long Size, byte[]? Content = null);

internal sealed record VersionsAnswer(long Leaf, IReadOnlyList<VersionFacts> Versions);

internal sealed record VersionAnswer(long Leaf, VersionFacts Version, string Text, IReadOnlyList<FileFacts> Files, TrustFacts? Trust = null, IReadOnlyList<string>? Withheld = null);

internal sealed record VersionFacts
{
    public int Version { get; init; }
    public string Operation { get; init; } = "";
    public string Digest { get; init; } = "";
    public string Description { get; init; } = "";
    public string Rationale { get; init; } = "";
    public string Composer { get; init; } = "";
    public string Tier { get; init; } = "";
    public string Allows { get; init; } = "";
    public bool Revoked { get; init; }
    public string CreatedAt { get; init; } = "";
    public long Leaf { get; init; }

    /// <summary>Also where it is not known how far it is trusted.</summary>
    public bool IsQuarantined => !Enum.TryParse<Domain.Skills.Tier>(Tier, ignoreCase: true, out var tier) || tier == Domain.Skills.Tier.Q;

    /// <summary>Why an agent does not get this version, whatever way it asks; null when it does.</summary>
    public string? WhyNot(string skill) =>
        Revoked ? $"version {Version} of {skill} is revoked and is not served"
        : IsQuarantined ? $"version {Version} of {skill} is in quarantine (tier Q): it has not passed the gates, and is not given to agents"
        : null;

    /// <summary>Why the version may not be served under an alias any more; null while it may. Whoever was given it by that alias was promised more.</summary>
    public string? WhyNotUnder(string alias, string skill) =>
        AliasRules.Needs(alias) is var needs && (!Enum.TryParse<Domain.Skills.Tier>(Tier, ignoreCase: true, out var tier) || tier < needs)
            ? $"version {Version} of {skill} fell to {Tier.ToUpperInvariant()}, and {alias} needs {needs}"
            : null;
}

internal sealed record HistoryAnswer(long Leaf, IReadOnlyList<HistoryEvent> Events);

internal sealed record HistoryEvent
{
    public long Leaf { get; init; }
    public long Version { get; init; }
    public string Type { get; init; } = "";
    public string Summary { get; init; } = "";
    public string Why { get; init; } = "";
    public string At { get; init; } = "";
    public string Actor { get; init; } = "";
    public string DecidedBy { get; init; } = "";
    public JsonElement Data { get; init; }
}

internal sealed record ReplayAnswer(
    string Skill, int Version, long Leaf, string RecordedDigest, string ReplayedDigest, bool Matches, IReadOnlyList<FileFacts> Files, string? Problem = null, long? ErasedSince = null, DateTimeOffset? CheckpointSignedAt = null);

/// <param name="Tier">Of the version that the command was about, where it was about one.</param>
/// <param name="Quarantined">Other skills that have something of a revoked version in them.</param>
/// <param name="Revoked">Other skills that have the same package, and lose it as well.</param>
/// <param name="ToCome">How many more have it, and lose it with the next sweeps.</param>
internal sealed record CommandAnswer(
    string Skill, string Status, int? Version, string? Digest, IReadOnlyList<string>? Events, string? Tier = null, IReadOnlyList<string>? Denials = null,
    IReadOnlyDictionary<string, int>? Aliases = null, IReadOnlyList<string>? Quarantined = null, IReadOnlyList<string>? Also = null, IReadOnlyList<string>? Revoked = null, int? ToCome = null);

internal sealed record ValidationAnswer(string Skill, int Version, string Digest, bool Recorded, IReadOnlyList<VerdictFacts> Validations);

/// <param name="Verdict">Null where there is none; the problem says why.</param>
internal sealed record VerdictFacts(string Validator, string? Verdict, IReadOnlyList<FindingFacts> Findings, int Omitted, string? Problem = null);

/// <param name="Line">From 1; null where it is about the whole file.</param>
internal sealed record FindingFacts(string Rule, string Severity, string Message, string Path, int? Line = null);

internal sealed record ImportAnswer(IReadOnlyList<ImportResult> Results);

/// <param name="Status"><c>created</c>, <c>improved</c>, <c>unchanged</c> or <c>refused</c>.</param>
internal sealed record ImportResult(string? Id, string? Name, string Status, string? Code, string? Message, IReadOnlyList<string>? Overruled = null);

internal sealed record ImportSkill(string? Id, string? Name, string? Folder, IReadOnlyList<ImportFile> Files);

internal sealed record ImportFile(string Path, string Mode, byte[] Content);

internal sealed record SearchAnswer(long Leaf, IReadOnlyList<SearchHit> Results);

/// <param name="Model">That it is for; null where it is for all.</param>
internal sealed record SearchHit(string Id, string Name, int Version, string? Description, double Score, string Tier = "", string? VariantOf = null, string? Model = null, string? ServedBy = null);

internal sealed record IndexCheckAnswer(
    string Kind, string Index, long Leaf, int Documents, IReadOnlyList<IndexDifferenceAnswer> Missing, IReadOnlyList<IndexDifferenceAnswer> Stale, IReadOnlyList<IndexDifferenceAnswer> TooMany, int Mended, bool IsSound)
{
    /// <summary>The embeddings' endpoint refused their texts: they are found by words.</summary>
    public IReadOnlyList<IndexDifferenceAnswer> WithoutEmbedding { get; init; } = [];
}

internal sealed record IndexDifferenceAnswer(string SkillId, int Version, string Problem);

internal sealed record ConfusableAnswer(long Leaf, int Skills, int Found, double MergeConfusedAbove, IReadOnlyList<ConfusablePairAnswer> Pairs);

internal sealed record ConfusablePairAnswer(string Environment, ConfusableSkillAnswer One, ConfusableSkillAnswer Other, double OtherForOne, double OneForOther, double Mutual);

internal sealed record ConfusableSkillAnswer(string Id, string Name, int Version);

internal sealed record IndexRebuiltAnswer(string Kind, string Index, long Leaf, int Documents);

internal sealed record SearchQuery(string Id, string Text);

internal sealed record BatchSearchAnswer(long Leaf, IReadOnlyList<RankedAnswer> Results);

internal sealed record RankedAnswer(string Id, IReadOnlyList<SearchHit> Ranked);

internal sealed record GapsAnswer(long Leaf, IReadOnlyList<GapAnswer> Gaps);

internal sealed record GapAnswer(
    string FamilyId, int Failures, int Successes, int WithoutVerdict, MissingAnswer Missing, IReadOnlyList<FailureAnswer> Patterns);

internal sealed record MissingAnswer(int Successes, int SuccessesNeeded, int Tasks, int TasksNeeded);

/// <param name="Place"><c>beforeEffect</c>, <c>atEffect</c>, <c>afterEffect</c> or <c>unrefused</c>.</param>
internal sealed record FailureAnswer(string Tool, string Error, string Place, int Runs);

internal sealed record GapPage(long Leaf, string? Next, IReadOnlyList<GapFacts> Gaps);

internal sealed record GapFacts(
    string FamilyId, int Failures, int Successes, int WithoutVerdict, MissingFacts Missing, IReadOnlyList<FailureFacts> Patterns);

internal sealed record MissingFacts(int Successes, int SuccessesNeeded, int Tasks, int TasksNeeded);

/// <param name="Place"><c>beforeEffect</c>, <c>atEffect</c>, <c>afterEffect</c> or <c>unrefused</c>.</param>
internal sealed record FailureFacts(string Tool, string Error, string Place, int Runs);

internal sealed record DeadLettersAnswer(IReadOnlyList<DeadLetter> DeadLetters);

internal sealed record DeadLetter
{
    public required long Id { get; init; }
    public string Queue { get; init; } = "";
    public string Source { get; init; } = "";
    public string Reason { get; init; } = "";
    public string Detail { get; init; } = "";
    public string State { get; init; } = "";
    public string DeadAt { get; init; } = "";
}

internal sealed record WebhooksAnswer(IReadOnlyList<WebhookFacts> Webhooks);

internal sealed record WebhookFacts
{
    public required string Id { get; init; }
    public string Url { get; init; } = "";
    public IReadOnlyList<string> Events { get; init; } = [];
    public string State { get; init; } = "";
    public string? Reason { get; init; }
    public long Pending { get; init; }
    public int Failures { get; init; }
}

internal sealed record DeliveriesAnswer(IReadOnlyList<DeliveryFacts> Deliveries);

internal sealed record DeliveryFacts
{
    public required string Id { get; init; }
    public string Webhook { get; init; } = "";
    public string CreatedAt { get; init; } = "";
    public string Type { get; init; } = "";
    public string Skill { get; init; } = "";
    public string State { get; init; } = "";
    public int Attempts { get; init; }
    public int? LastStatus { get; init; }
    public string LastError { get; init; } = "";
}

/// <param name="Runs">Of the subject.</param>
/// <param name="Contents">Made of them, and saying what only they said.</param>
/// <param name="Revoked">Versions that had one of these, as SKILL@VERSION.</param>
internal sealed record ErasureAnswer(string Subject, bool Erased, int Runs, int Contents, IReadOnlyList<string> Revoked, string? Pending = null);
