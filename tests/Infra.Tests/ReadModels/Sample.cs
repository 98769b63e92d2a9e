using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using Pipeline.Infra.Postgres;
using static Pipeline.Domain.Families.FamilyEvent;
using static Pipeline.Domain.Skills.SkillEvent;
using static Pipeline.Domain.Trajectories.TrajectoryEvent;

namespace Pipeline.Infra.Tests.ReadModels;

/// <summary>Events with everything filled in, so that a test names only what it is about.</summary>
internal static class Sample
{
    public static Outcome Success { get; } = new(true, 1, VerifiedBy.Verifier);
    public static Outcome Failure { get; } = new(false, 0, VerifiedBy.Verifier);
    public static Outcome SelfReported { get; } = new(true, 1, VerifiedBy.Self);

    public static Package Package(string name, string description, string body) =>
        Domain.Skills.Package.OfText((Domain.Skills.Package.SkillFile, $"---\nname: {name}\ndescription: {description}\n---\n\n{body}\n"));

    public static ContentBlob[] Contents(Package package) => [.. package.Files.Select(f => new ContentBlob(f.Content))];

    public static VersionContent Content(Package package, string description = "does it") => new()
    {
        Description = description,
        Package = package.Manifest,
        Composer = new("miner", "1"),
        Rationale = "because",
        Taint = ["tool-output"],
    };

    public static VersionContent Content(string body) => Content(Package("a-skill", "does it", body));

    public static SkillCreated Created(string id, string name = "", VersionContent? content = null, string environment = "shop") => new()
    {
        SkillId = id,
        Name = name.Length == 0 ? $"skill-{id}" : name,
        Origin = SkillOrigin.Learned,
        FamilyId = $"family-of-{id}",
        Environment = environment,
        Kind = SkillKind.Functional,
        Content = content ?? Content($"first text of {id}"),
    };

    /// <summary>What puts a version where <c>latest</c> points.</summary>
    public static SkillEvent[] Served(int version, string packageDigest, int? from = null) =>
    [
        new TierDecided(version, packageDigest, Tier.Q, Tier.T1, "test@1", [], []),
        new AliasMoved(Skill.LatestAlias, from, version, "the newest"),
    ];

    public static TrajectoryRecorded Recorded(string id, Outcome? outcome = null) => new()
    {
        TrajectoryId = id,
        Source = "laptop",
        SourceId = $"run-{id}",
        Subject = "laptop",
        Task = "task",
        Environment = "shop",
        Agent = "agent",
        Model = "model",
        Harness = "harness",
        Outcome = outcome ?? Success,
        SkillUsage = SkillUsage.None,
        Steps = 5,
        ToolCalls = 3,
        Payload = new("hmac-sha256:0", 10, "payload/0"),
        Episodes = [],
        Redactions = new Dictionary<string, int>(StringComparer.Ordinal),
    };

    public static EvidenceAdmitted Evidence(string id, Outcome? outcome = null) => new()
    {
        EvidenceId = id,
        TrajectoryId = $"t-{id}",
        Source = "laptop",
        Task = "task",
        Model = "model",
        FirstStep = 1,
        LastStep = 5,
        Outcome = outcome ?? Success,
        Sketch = new(["look", "change"], 2, 0, "f"),
        Loaded = [],
        Taint = [],
    };

    public static CurationDecided Decided(CurationOperation operation, int through, CuratedVersion? result = null) => new()
    {
        Operation = operation,
        ThroughEvidence = through,
        Leaf = 0,
        At = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero),
        Policy = new("default", 1, "sha256:0"),
        Candidates = [],
        Scores = new Dictionary<string, double>(StringComparer.Ordinal),
        Thresholds = new Dictionary<string, double>(StringComparer.Ordinal),
        ReasonCode = "code",
        Reason = "reason",
        Result = result,
    };
}
