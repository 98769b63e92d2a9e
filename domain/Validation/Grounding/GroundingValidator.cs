using System.Globalization;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Validation.Grounding;

/// <summary>How well a text must stand on what was executed.</summary>
public sealed record GroundingThresholds
{
    /// <summary>Share of its claims that are found in episodes behind it (0 to 1).</summary>
    public double Grounded { get; init; } = 0.8;

    /// <summary>Distinct sources of verified runs behind each section; fewer and nothing is wrong yet, and nothing shown.</summary>
    public int Sources { get; init; } = 2;

    /// <summary>Share of the evidence whose episodes can still be read (0 to 1); with less nothing can be said.</summary>
    public double Readable { get; init; } = 0.5;
}

/// <summary>A version's package and what was recorded with it.</summary>
public sealed record ComposedVersion(Package Package, VersionContent Content);

/// <summary>What a version is judged by.</summary>
/// <param name="Parents">Whose evidence stands behind the sections that were taken from them as they were.</param>
/// <param name="Evidence">What the families of the version still admit, withdrawn evidence left out.</param>
/// <param name="Episodes">Those of the evidence that can be read.</param>
public sealed record GroundingInput(
    ComposedVersion Version, IReadOnlyList<ComposedVersion> Parents, IReadOnlyList<FamilyEvent.EvidenceAdmitted> Evidence, IReadOnlyList<MinedEpisode> Episodes)
{
    /// <summary>Of the skill.</summary>
    public SkillKind Kind { get; init; } = SkillKind.Functional;

    /// <summary>Episodes that the version was not made from, and that may bear it out (<see cref="Corroboration"/>).</summary>
    public IReadOnlyList<MinedEpisode> Others { get; init; } = [];
}

/// <summary>Judges how much of a text stands on executed evidence, and whether independent sources bear each other out (after SPARK's evidence grounding).</summary>
public static class GroundingValidator
{
    private const int MostUngrounded = 20;

    public static Validator Identity(GroundingThresholds thresholds) => Validator.Of("grounding", "2", thresholds);

    public static ValidationVerdict Judge(GroundingInput input, GroundingThresholds thresholds)
    {
        var claimed = Claims(input.Version.Package);
        var sections = BorneOut(Sections(input), claimed, input.Others, thresholds);
        if (sections.All(s => s.Evidence.Count == 0) && sections.All(s => s.Withdrawn == 0))
            return Unknown("grounding.no-evidence", "no run stands behind this version: it was imported or written, and only a trial on a platform can tell what it is worth");
        var episodes = input.Episodes.DistinctBy(e => e.Id, StringComparer.Ordinal).OrderBy(e => e.Id, StringComparer.Ordinal).Select(ExecutedEpisode.Of).ToList();
        var cited = sections.SelectMany(s => s.Evidence).Select(e => e.EvidenceId).ToHashSet(StringComparer.Ordinal);
        var readable = cited.Count == 0 ? 0 : (double)episodes.Count(e => cited.Contains(e.Id)) / cited.Count;
        var claims = claimed.Select(claim => (Claim: claim, Found: Look(claim, input.Kind, sections, episodes))).ToList();
        var grounded = claims.Count == 0 ? 0 : (double)claims.Count(c => c.Found != Grounds.None) / claims.Count;
        var verified = sections.SelectMany(s => s.Verified).ToList();
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["sections"] = sections.Count,
            ["sectionsWithEvidence"] = sections.Count(s => s.Evidence.Count > 0),
            ["sectionsCorroborated"] = sections.Count(s => s.Sources >= thresholds.Sources),
            ["fewestSources"] = sections.Min(s => s.Sources),
            ["sources"] = verified.Select(e => e.Source).Concat(sections.SelectMany(s => s.BorneOutBy)).Distinct(StringComparer.Ordinal).Count(),
            ["tasks"] = verified.Select(MinedEpisode.TaskOf).Distinct(StringComparer.Ordinal).Count(),
            ["evidence"] = cited.Count,
            ["evidenceReadable"] = readable,
            ["evidenceWithdrawn"] = sections.Sum(s => s.Withdrawn),
            ["claims"] = claims.Count,
            ["claimsGrounded"] = grounded,
            ["claimsExecuted"] = claims.Count == 0 ? 0 : (double)claims.Count(c => c.Found == Grounds.Done) / claims.Count,
        };
        if (readable < thresholds.Readable)
            return new(Verdict.Inconclusive, metrics, [Of("grounding.unreadable", FindingSeverity.Medium, Text($"only {readable:0.00} of the evidence can be read; the rest was erased or withdrawn"))]);
        if (claims.Count == 0)
            return new(Verdict.Inconclusive, metrics, [Of("grounding.no-claims", FindingSeverity.Medium, "the text names nothing in backticks or blocks of code that could be looked up")]);
        return Judged(sections, [.. claims.Where(c => c.Found == Grounds.None).Select(c => c.Claim)], grounded, metrics, thresholds);
    }

    private static ValidationVerdict Judged(
        IReadOnlyList<Section> sections, IReadOnlyList<Claim> ungrounded, double grounded, IReadOnlyDictionary<string, double> metrics, GroundingThresholds thresholds)
    {
        var findings = new List<ValidationFinding>();
        findings.AddRange(sections.Where(s => s.Evidence.Count == 0).Select(s => Of("grounding.section", FindingSeverity.High, $"no evidence stands behind the section \"{s.Heading}\"")));
        if (grounded < thresholds.Grounded)
            findings.Add(Of("grounding.share", FindingSeverity.High, Text($"{grounded:0.00} of what the text claims was found in episodes behind it; {thresholds.Grounded:0.00} is needed")));
        findings.AddRange(ungrounded.Take(MostUngrounded).Select(c => Of("grounding.claim", FindingSeverity.Low, $"in no episode behind \"{c.Section}\": {c.Text}")));
        findings.AddRange(sections.Where(s => s.Evidence.Count > 0 && s.Sources < thresholds.Sources).Select(s => Of(
            "grounding.sources", FindingSeverity.Medium, Text($"{s.Sources} of {thresholds.Sources} sources of verified runs stand behind the section \"{s.Heading}\": runs of others must bear it out"))));
        var verdict = findings.Exists(f => f.Severity >= FindingSeverity.High) ? Verdict.Failed
            : findings.Exists(f => f.Severity == FindingSeverity.Medium) ? Verdict.Inconclusive
            : Verdict.Passed;
        return new(verdict, metrics, findings);
    }

    // A reference to a file beside it is no claim about the world.
    private static IReadOnlyList<Claim> Claims(Package package) =>
        [.. Claim.In(package.SkillText).Concat(Claim.In(package.TextOf(SkillWriter.VariantsFile), SkillWriter.StepsSection)).Where(c => !package.Files.Any(f => f.Path == c.Text))];

    // A success behind the section, else any success behind the version, else a failure that the section is about.
    private static Grounds Look(Claim claim, SkillKind kind, IReadOnlyList<Section> sections, IReadOnlyList<ExecutedEpisode> episodes)
    {
        var own = sections.Where(s => s.Heading == claim.Section).SelectMany(s => s.Evidence).Select(e => e.EvidenceId).ToHashSet(StringComparer.Ordinal);
        var usable = episodes.Where(e => e.Succeeded || own.Contains(e.Id)).ToList();
        return usable.Exists(e => e.Did(claim, kind)) ? Grounds.Done : usable.Exists(e => e.Shows(claim)) ? Grounds.Seen : Grounds.None;
    }

    private static IReadOnlyList<Section> Sections(GroundingInput input)
    {
        var admitted = input.Evidence.DistinctBy(e => e.EvidenceId, StringComparer.Ordinal).ToDictionary(e => e.EvidenceId, StringComparer.Ordinal);
        return [.. SkillDocument.SectionsOf(input.Version.Package.SkillText).Select(section =>
        {
            var ids = EvidenceOf(section, input).Distinct(StringComparer.Ordinal).ToList();
            return new Section(section.Heading, [.. ids.Where(admitted.ContainsKey).Select(id => admitted[id])], ids.Count(id => !admitted.ContainsKey(id)));
        })];
    }

    private static IReadOnlyList<Section> BorneOut(IReadOnlyList<Section> sections, IReadOnlyList<Claim> claims, IReadOnlyList<MinedEpisode> others, GroundingThresholds thresholds)
    {
        var executed = others.DistinctBy(o => o.Id, StringComparer.Ordinal).OrderBy(o => o.Id, StringComparer.Ordinal).Select(o => (Other: o, Executed: ExecutedEpisode.Of(o))).ToList();
        return [.. sections.Select(section =>
        {
            var own = claims.Where(c => c.Section == section.Heading).ToList();
            return section with
            {
                BorneOutBy = [.. executed.Where(o => Corroboration.BearsOut(o.Other, o.Executed, own.Count > 0 ? own : claims, section.IsAboutFailures, thresholds.Grounded))
                    .Select(o => o.Other.Evidence.Source).Distinct(StringComparer.Ordinal)],
            };
        })];
    }

    private static IEnumerable<string> EvidenceOf(SkillSection section, GroundingInput input)
    {
        var own = input.Version.Content.Sections.Where(s => s.Section == section.Heading).SelectMany(s => s.EvidenceIds).ToList();
        return own.Count > 0 ? own : input.Parents.Where(p => SkillDocument.SectionsOf(p.Package.SkillText).Contains(section))
            .SelectMany(p => p.Content.Sections.Where(s => s.Section == section.Heading)).SelectMany(s => s.EvidenceIds);
    }

    private static ValidationVerdict Unknown(string rule, string why) =>
        new(Verdict.Inconclusive, new Dictionary<string, double>(StringComparer.Ordinal), [Of(rule, FindingSeverity.Medium, why)]);

    private static ValidationFinding Of(string rule, FindingSeverity severity, string message) => new(rule, severity, message, Package.SkillFile);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private enum Grounds { None, Seen, Done }

    private sealed record Section(string Heading, IReadOnlyList<FamilyEvent.EvidenceAdmitted> Evidence, int Withdrawn)
    {
        // What runs say of themselves bears nothing out.
        public IEnumerable<FamilyEvent.EvidenceAdmitted> Verified => Evidence.Where(e => e.Outcome.IsVerifiedSuccess || e.Outcome.IsVerifiedFailure);

        public bool IsAboutFailures => Verified.Any(e => e.Outcome.IsVerifiedFailure);

        /// <summary>Sources of runs that the text was not made from.</summary>
        public IReadOnlyList<string> BorneOutBy { get; init; } = [];

        public int Sources => Verified.Select(e => e.Source).Concat(BorneOutBy).Distinct(StringComparer.Ordinal).Count();
    }
}
