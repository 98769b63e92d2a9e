using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Curation.LanguageModel;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation;

/// <summary>All that a decision about a family may look at. Everything in it was sealed up to <see cref="Leaf"/>.</summary>
public sealed record CurationInput
{
    /// <summary>The family as of the decision point.</summary>
    public required Family Family { get; init; }
    public required long Leaf { get; init; }
    public required DateTimeOffset At { get; init; }
    public required PolicyReference PolicyReference { get; init; }
    public required CurationPolicy Policy { get; init; }

    /// <summary>The episodes behind the selected evidence (<see cref="EvidenceSelection"/>) that could be read, in order of admission.</summary>
    public required IReadOnlyList<MinedEpisode> Episodes { get; init; }

    /// <summary>What a first version is to be called: name and id.</summary>
    public required string Name { get; init; }

    /// <summary>The family's skill as it stands; <see cref="Skill.None"/> while it has none.</summary>
    public required Skill Skill { get; init; }

    /// <summary>SKILL.md of the skill's current version; empty while it has none.</summary>
    public required string CurrentText { get; init; }

    /// <summary>The draft that the current version was worded from by a model; empty where it is its own draft.</summary>
    public string CurrentDraft { get; init; } = "";

    /// <summary>What a language model said of the draft that this input gives; null where none was asked.</summary>
    public ModelAnswer? Answer { get; init; }
}

/// <summary>What curation concluded: the decision for the record and, where something is to be made, the command and the files.</summary>
public sealed record CurationConclusion(FamilyEvent.CurationDecided Decision, SkillCommand? Command, Package? Package)
{
    /// <summary>The miner's SKILL.md that a model was asked about; null where none was.</summary>
    public string? Draft { get; init; }

    /// <summary>The conclusion to keep, because what was wanted was refused.</summary>
    public CurationConclusion Instead(Ledger.Decision.Refused refusal) => new(
        Decision with { Operation = CurationOperation.Keep, ReasonCode = refusal.Code, Reason = refusal.Message, Result = null, Composition = null }, null, null);
}

/// <summary>Decides the next operation for a family from its evidence, by a policy: create, improve, or keep.</summary>
public static class FamilyCuration
{
    private static readonly Dictionary<string, double> s_noScores = new(StringComparer.Ordinal);

    public static CurationConclusion Decide(CurationInput input) =>
        input.Answer is { } answer ? ModelComposition.Apply(input, Mined(input), answer) : Mined(input);

    private static CurationConclusion Mined(CurationInput input)
    {
        var evidence = Evidence.Of(input);
        if (evidence.Successes.Count < input.Policy.MinSuccesses || evidence.Tasks < input.Policy.MinTasks)
        {
            return Keep(input, evidence, "too-few-successes",
                $"{evidence.Successes.Count} verified successes of {evidence.Tasks} tasks; a version needs {input.Policy.MinSuccesses} of {input.Policy.MinTasks}");
        }
        if (input.Skill.Lifecycle is Lifecycle.Retired or Lifecycle.Absorbed)
            return Keep(input, evidence, "skill-not-active", $"skill {input.Skill.Id} is {input.Skill.Lifecycle.ToString().ToLowerInvariant()}");

        var name = input.Skill.Lifecycle == Lifecycle.Unborn ? input.Name : input.Skill.Name;
        if (KindMiner.Compose(input.Family, name, evidence.Usable, input.Policy, Rationale(evidence)) is not var (document, content, package))
            return Keep(input, evidence, "nothing-to-say", "the runs show nothing that several tasks have in common and that is worth a skill of this kind");
        return input.Skill.Lifecycle == Lifecycle.Unborn
            ? Create(input, evidence, name, content, package)
            : Improve(input, evidence, document, content, package);
    }

    private static CurationConclusion Create(CurationInput input, Evidence evidence, string name, VersionContent content, Package package) => new(
        Conclusion(input, evidence, CurationOperation.Create, "procedure-found", content.Rationale, s_noScores, new(name, 1, package.Digest)),
        new SkillCommand.Create(name, name, SkillOrigin.Learned, input.Family.Id, input.Family.Environment, input.Family.Kind, content),
        package);

    private static CurationConclusion Improve(CurationInput input, Evidence evidence, SkillDocument document, VersionContent content, Package package)
    {
        var skill = input.Skill;
        var before = SkillDocument.SectionsOf(input.CurrentText);
        var after = SkillDocument.SectionsOf(document.Markdown());
        // What a model worded is compared by what it was worded from.
        if (Revision.SaysTheSame(input.CurrentDraft.Length > 0 ? SkillDocument.SectionsOf(input.CurrentDraft) : before, after))
            return Keep(input, evidence, "no-change", "the evidence says what the skill says already");
        if (skill.RevokedDigests.Contains(package.Digest)) return Keep(input, evidence, "revoked", "a version with exactly this content was revoked");
        if (SetAside(skill).Any(v => v.PackageDigest == package.Digest || input.Family.DraftOf(v.PackageDigest) == Digest.Of(document.Markdown())))
            return Keep(input, evidence, "was-set-aside", "a version with exactly this content was there and was gone back from");

        var gate = Backtest.Gate(input, evidence.Usable, input.CurrentText);
        if (!gate.Passes(input.Policy))
        {
            return gate.Base is null
                ? Keep(input, evidence, "gate-inconclusive", "no episode could be held out to compare the revision with the version that stands")
                : Keep(input, evidence, "would-regress", "on held-out episodes the revision covers less than the version that stands", gate.Scores);
        }
        var edits = SkillDocument.Edits(before, after);
        return new(
            Conclusion(input, evidence, CurationOperation.Improve, "procedure-changed", $"{string.Join(", ", edits.Select(e => $"{e.Section} {e.Kind.ToString().ToLowerInvariant()}"))}; {content.Rationale}",
                gate.Scores, new(skill.Id, skill.NextNumber, package.Digest)),
            new SkillCommand.Improve(skill.Current!.Number, content, edits),
            package);
    }

    // After a roll back, what stood between the restored version and the roll back was not wanted.
    private static IEnumerable<SkillVersion> SetAside(Skill skill) =>
        skill.Current is { Operation: VersionOperation.RollBack or VersionOperation.UndoMerge, Parents: [var restored, ..] } current
            ? skill.Versions.Where(v => v.Number > restored.Version && v.Number < current.Number)
            : [];

    private static CurationConclusion Keep(
        CurationInput input, Evidence evidence, string code, string reason, IReadOnlyDictionary<string, double>? scores = null) =>
        new(Conclusion(input, evidence, CurationOperation.Keep, code, reason, scores ?? s_noScores, null), null, null);

    private static FamilyEvent.CurationDecided Conclusion(
        CurationInput input, Evidence evidence, CurationOperation operation, string code, string reason,
        IReadOnlyDictionary<string, double> scores, CuratedVersion? result) => new()
        {
            Operation = operation,
            ThroughEvidence = input.Family.EvidenceEvents,
            Leaf = input.Leaf,
            At = input.At,
            Policy = input.PolicyReference,
            Candidates = input.Skill.Current is { } current
                ? [new(input.Skill.Id, current.Number, current.PackageDigest, input.Skill.Lifecycle.ToString().ToLowerInvariant())]
                : [],
            Scores = new SortedDictionary<string, double>(scores.Concat(evidence.Scores).ToDictionary(StringComparer.Ordinal), StringComparer.Ordinal),
            Thresholds = new SortedDictionary<string, double>(StringComparer.Ordinal)
            {
                ["minSuccesses"] = input.Policy.MinSuccesses,
                ["minTasks"] = input.Policy.MinTasks,
                ["maxRegression"] = input.Policy.MaxRegression,
            },
            ReasonCode = code,
            Reason = reason,
            Result = result,
        };

    private static string Rationale(Evidence e) =>
        $"{e.Successes.Count} verified successes of {e.Tasks} tasks from {e.Sources} source{(e.Sources == 1 ? "" : "s")}, {e.Failures} failures";

    /// <summary>The evidence in numbers.</summary>
    private sealed record Evidence(IReadOnlyList<MinedEpisode> Usable, IReadOnlyList<MinedEpisode> Successes, int Failures, int Tasks, int Sources, int Unreadable)
    {
        public IReadOnlyDictionary<string, double> Scores => new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["successes"] = Successes.Count,
            ["failures"] = Failures,
            ["tasks"] = Tasks,
            ["sources"] = Sources,
            ["unreadable"] = Unreadable,
        };

        public static Evidence Of(CurationInput input)
        {
            var usable = input.Episodes;
            var successes = usable.Where(e => e.Succeeded).ToList();
            return new(
                usable, successes, usable.Count - successes.Count,
                successes.Select(e => e.Task).Distinct(StringComparer.Ordinal).Count(),
                successes.Select(e => e.Evidence.Source).Distinct(StringComparer.Ordinal).Count(),
                EvidenceSelection.Select(input.Family.Evidence, input.Policy).Count - input.Episodes.Count);
        }
    }
}
