using System.Globalization;
using Pipeline.Domain.Ledger.Audit;
using Pipeline.Domain.Trajectories;

namespace Pipeline.Functions.Cli.Auditing;

/// <summary>Provenance in words.</summary>
internal static class ProvenanceText
{
    private const int MostChanged = 20;

    /// <summary>What is to be said of a version as a whole, each with what it is.</summary>
    public static IEnumerable<(string What, string Says)> Facts(VersionProvenance told)
    {
        foreach (var made in told.Versions)
        {
            var version = $"{made.Skill}@{Number(made.Version)}";
            yield return (made == told.Versions[0] ? "made by" : $"{version} by", $"{(made.By.Length > 0 ? made.By : "nobody on record")}, {made.Operation.ToString().ToLowerInvariant()}, {Time(made.At)}, leaf {Number(made.Leaf)}, "
                + $"worded by {(made.Composer is { } composer ? $"{composer.Name} {composer.Version}{(composer.Model.Length > 0 ? $" with {composer.Model}" : "")}" : "nobody on record")}");
            if (made.Decision is { } d)
                yield return ("decision", $"{d.Operation.ToString().ToLowerInvariant()}, {d.ReasonCode}: {d.Reason}{(d.Policy is { } p ? $" (policy {p.Id}@{Number(p.Version)} {p.Digest})" : "")}, leaf {Number(d.Leaf)}");
        }
        var runs = told.Runs;
        var erased = runs.Count(r => r.ErasedAt is not null);
        yield return ("made of", $"{Number(runs.Count)} runs of {Number(runs.Select(r => r.Source).Distinct(StringComparer.Ordinal).Count())} sources{(erased > 0 ? $", of which {Number(erased)} were erased since" : "")}");
        foreach (var (what, says) in Changed(told.ChangedEvidence)) yield return (what, says);
        if (told.Parents.Count > 0) yield return ("parents", string.Join(", ", told.Parents.Select(p => $"{p.SkillId}@{Number(p.Version)}")));
        yield return ("tier", $"{told.Tier}{(told.TierDecidedBy.Length > 0 ? $", decided by {told.TierDecidedBy}" : "")}{(told.Denials.Count > 0 ? $"; not more: {string.Join("; ", told.Denials)}" : "")}");
        foreach (var v in told.Validations) yield return ("validation", $"{v.Validator} {v.ValidatorVersion}: {v.Verdict.ToString().ToLowerInvariant()}{(v.Reason.Length > 0 ? $", {v.Reason}" : "")}, leaf {Number(v.Leaf)}");
        yield return ("approved by", told.Approvals.Count > 0 ? string.Join(", ", told.Approvals.Select(a => $"{a.By} ({a.Reason})")) : "nobody");
        yield return ("revoked", Revoked(told.IsRevoked, told.UnreadOfSkill));
        yield return ("skill", told.Lifecycle.ToString().ToLowerInvariant());
    }

    /// <summary>What became of the evidence since the version was made from it.</summary>
    public static IEnumerable<(string What, string Says)> Changed(IReadOnlyList<EpisodeFacts> changed)
    {
        foreach (var e in changed.Take(MostChanged)) yield return ("evidence", $"episode {e.EvidenceId} of run {e.TrajectoryId}: {OutcomeOf(e)}");
        if (changed.Count > MostChanged) yield return ("evidence", $"and {Number(changed.Count - MostChanged)} more that were withdrawn or corrected since; --json has them all");
    }

    /// <param name="unread">Events of the skill that cannot be read.</param>
    public static string Revoked(bool? isRevoked, IEnumerable<UnreadEvent> unread) => isRevoked switch
    {
        true => "yes",
        false => "no",
        null => $"not known ({string.Join(", ", unread.Select(u => $"leaf {Number(u.Leaf)}: {u.Type}"))} cannot be read)",
    };

    /// <summary>Section by section, an episode a line.</summary>
    public static DataTable Sections(VersionProvenance told)
    {
        var table = new DataTable("SECTION", "BROUGHT BY", "TRAJECTORY", "STEPS", "SOURCE", "OUTCOME", "VERIFIED BY", "TEXT");
        foreach (var section in told.Sections)
        {
            var by = $"{section.BroughtBy.SkillId}@{Number(section.BroughtBy.Version)}";
            if (section.Episodes.Count == 0) table.Add(section.Section, by, "-", "-", "-", "-", "-", "no run is on record behind it");
            foreach (var e in section.Episodes)
            {
                table.Add(
                    section.Section, by, e.TrajectoryId, $"{Number(e.FirstStep)}-{Number(e.LastStep)}", e.Source, OutcomeOf(e), e.Outcome.VerifiedBy.ToString().ToLowerInvariant(),
                    e.ErasedAt is { } at ? $"erased since leaf {Number(at)}" : "there");
            }
        }
        return table;
    }

    public static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string OutcomeOf(EpisodeFacts episode) => OutcomeOf(episode.Outcome)
        + (episode.Corrected is { } corrected ? $", corrected to {OutcomeOf(corrected.To)} ({corrected.To.VerifiedBy.ToString().ToLowerInvariant()}) at leaf {Number(corrected.Leaf)}" : "")
        + (episode.WithdrawnAt is { } withdrawn ? $", withdrawn at leaf {Number(withdrawn)}" : "");

    private static string OutcomeOf(Outcome outcome) => outcome.Success switch { true => "success", false => "failure", null => "unknown" };

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
