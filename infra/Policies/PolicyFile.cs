using System.Text;
using Pipeline.Domain.Curation;

namespace Pipeline.Infra.Policies;

/// <summary>A curation policy as YAML. An unknown key, a value of the wrong kind or an impossible threshold is refused with line and reason.</summary>
public static class PolicyFile
{
    /// <exception cref="PolicyFileException">It cannot be used; the message says where and why.</exception>
    public static CurationPolicy Parse(ReadOnlySpan<byte> yaml)
    {
        var text = Encoding.UTF8.GetString(yaml).TrimStart('\uFEFF');
        var policy = PolicyYaml.Deserialize<Content>(text).ToPolicy();
        PolicyYaml.RefuseProblems(policy.Problems(), text);
        return policy;
    }

    // What the file does not say is the default of the policy record, so that the defaults stand in one place.
    private sealed class Content
    {
        public string? Id { get; set; }
        public int Version { get; set; }
        public RulesContent? Rules { get; set; }
        public int? MinSuccesses { get; set; }
        public int? MinTasks { get; set; }
        public double? Growth { get; set; }
        public int? MaxEpisodes { get; set; }
        public int? MaxPerTask { get; set; }
        public int? FreeShareOfSource { get; set; }
        public double? ClusterThreshold { get; set; }
        public double? StepSupport { get; set; }
        public double? OptionalSupport { get; set; }
        public double? MaxRegression { get; set; }
        public int? HoldOutOneIn { get; set; }
        public int? AuditEvery { get; set; }
        public double? HalfLifeDays { get; set; }
        public int? MinExposure { get; set; }
        public int? MinControl { get; set; }
        public double? Confidence { get; set; }
        public double? RetireBelow { get; set; }
        public double? ReinstateAbove { get; set; }
        public double? AverageDecay { get; set; }
        public int? RetireAudits { get; set; }
        public double? ExpandBelow { get; set; }
        public int? ExpandFailures { get; set; }
        public int? ExpandMost { get; set; }
        public double? MinGain { get; set; }
        public double? TieSaving { get; set; }
        public double? MaxTaskDrop { get; set; }
        public double? GoodEnough { get; set; }
        public double? MergeAbove { get; set; }
        public double? MergeTriggersAbove { get; set; }
        public double? MergeConfusedAbove { get; set; }
        public double? MinRetention { get; set; }
        public int? StaleAfter { get; set; }
        public double? StaleChance { get; set; }
        public double? RollbackError { get; set; }
        public int? MaxProposalsPerDay { get; set; }
        public Variants? Variants { get; set; }

        public CurationPolicy ToPolicy() => Said(this, new CurationPolicy { Id = "", Version = 0, Rules = Said(Rules ?? new(), new OperationRules()) });
    }

    private sealed class RulesContent
    {
        public string? Create { get; set; }
        public string? Improve { get; set; }
        public string? Merge { get; set; }
        public string? Retire { get; set; }
        public string? Reinstate { get; set; }
        public string? Rollback { get; set; }
        public string? Stale { get; set; }
    }

    private static T Said<T>(object content, T defaults) where T : notnull
    {
        foreach (var said in content.GetType().GetProperties())
            if (said.Name != nameof(CurationPolicy.Rules) && said.GetValue(content) is { } value) typeof(T).GetProperty(said.Name)!.SetValue(defaults, value);
        return defaults;
    }
}

public sealed class PolicyFileException(string reason, Exception? inner = null) : Exception($"the file cannot be used: {reason}", inner);
