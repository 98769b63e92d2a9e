using System.Globalization;
using System.Text;
using Pipeline.Domain.Families;
using Pipeline.Domain.Trajectories;

namespace Pipeline.Domain.Ledger.Audit;

/// <summary>Provenance as a graph in Graphviz's language: runs lead to sections, sections to the version; decisions to what they made.</summary>
public static class ProvenanceGraph
{
    private const int LongestLabel = 200;

    public static string Dot(VersionProvenance told)
    {
        var dot = new StringBuilder("digraph provenance {\n  rankdir=LR;\n  node [fontname=\"sans-serif\", fontsize=10];\n");
        var shown = VersionId(told.Skill, told.Version);
        foreach (var made in told.Versions)
        {
            Node(dot, VersionId(made.Skill, made.Version), $"{made.Skill}@{made.Version}", "box3d");
            if (made.Decision is { } decision)
            {
                Node(dot, $"d {decision.Leaf}", $"{decision.Operation.ToString().ToLowerInvariant()}: {decision.ReasonCode}{(decision.Policy is { } policy ? $"\n{Of(policy)}" : "")}\nleaf {decision.Leaf}", "diamond");
                Edge(dot, $"d {decision.Leaf}", VersionId(made.Skill, made.Version), "made");
            }
            foreach (var parent in made.Parents)
            {
                Node(dot, VersionId(parent.SkillId, parent.Version), $"{parent.SkillId}@{parent.Version}", "box3d");
                Edge(dot, VersionId(parent.SkillId, parent.Version), VersionId(made.Skill, made.Version), "parent");
            }
        }
        foreach (var run in told.Runs)
            Node(dot, $"t {run.TrajectoryId}", $"{run.TrajectoryId}\n{run.Source}\n{Of(run)}{Since(told, run)}", "ellipse", run.ErasedAt is not null);
        for (var i = 0; i < told.Sections.Count; i++)
        {
            var (section, id) = (told.Sections[i], $"s {i.ToString(CultureInfo.InvariantCulture)}");
            Node(dot, id, section.Section, "note");
            Edge(dot, id, shown, "section");
            if (VersionId(section.BroughtBy.SkillId, section.BroughtBy.Version) is var by && by != shown) Edge(dot, by, id, "brought");
            foreach (var run in section.Episodes.GroupBy(e => e.TrajectoryId, StringComparer.Ordinal).OrderBy(r => r.Key, StringComparer.Ordinal))
                Edge(dot, $"t {run.Key}", id, string.Join(", ", run.Select(e => string.Create(CultureInfo.InvariantCulture, $"{e.FirstStep}-{e.LastStep}")).Distinct()));
        }
        foreach (var validation in told.Validations) Edge(dot, Named(dot, $"v {validation.Leaf}", $"{validation.Validator} {validation.ValidatorVersion}", "component"), shown, validation.Verdict.ToString().ToLowerInvariant());
        foreach (var approval in told.Approvals) Edge(dot, Named(dot, $"a {approval.Leaf}", approval.By, "house"), shown, "approved");
        return dot.Append("}\n").ToString();
    }

    /// <summary>A text in double quotes as Graphviz reads it. Nothing in it ends the quotes, and nothing is an escape of Graphviz's own.</summary>
    public static string Quoted(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '"' or '\\') quoted.Append('\\').Append((char)rune.Value);
            else if (rune.Value == '\n') quoted.Append("\\n");
            else quoted.Append(Rune.IsControl(rune) ? Rune.ReplacementChar : rune);
        }
        return quoted.Append('"').ToString();
    }

    private static string Of(PolicyReference policy) => string.Create(CultureInfo.InvariantCulture, $"{policy.Id}@{policy.Version}");

    private static string Of(EpisodeFacts run) => Of(run.Outcome);

    private static string Of(Outcome outcome) => $"{outcome.Success switch { true => "success", false => "failure", null => "unknown" }}, {outcome.VerifiedBy.ToString().ToLowerInvariant()}";

    private static string Since(VersionProvenance told, EpisodeFacts run)
    {
        var since = new StringBuilder();
        foreach (var e in told.ChangedEvidence.Where(e => e.TrajectoryId == run.TrajectoryId))
        {
            if (e.Corrected is { } corrected) since.Append(CultureInfo.InvariantCulture, $"\ncorrected to {Of(corrected.To)} at leaf {corrected.Leaf}");
            if (e.WithdrawnAt is { } withdrawn) since.Append(CultureInfo.InvariantCulture, $"\nwithdrawn at leaf {withdrawn}");
        }
        if (run.ErasedAt is { } at) since.Append(CultureInfo.InvariantCulture, $"\nerased at leaf {at}");
        return since.ToString();
    }

    private static string Cut(string label) => label.Length <= LongestLabel ? label : label[..LongestLabel] + "…";

    private static string VersionId(string skill, int version) => string.Create(CultureInfo.InvariantCulture, $"{skill}@{version}");

    private static string Named(StringBuilder dot, string id, string label, string shape)
    {
        Node(dot, id, label, shape);
        return id;
    }

    private static void Node(StringBuilder dot, string id, string label, string shape, bool isGone = false) =>
        dot.Append("  ").Append(Quoted(id)).Append(" [label=").Append(Quoted(Cut(label))).Append(", shape=").Append(shape).Append(isGone ? ", style=dashed" : "").Append("];\n");

    private static void Edge(StringBuilder dot, string from, string to, string label) =>
        dot.Append("  ").Append(Quoted(from)).Append(" -> ").Append(Quoted(to)).Append(" [label=").Append(Quoted(label)).Append("];\n");
}
