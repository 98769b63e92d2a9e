using System.Text;
using Pipeline.Domain.Curation;
using Pipeline.Infra.Yaml;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Pipeline.Infra.Policies;

/// <summary>A curation policy as YAML. An unknown key, a value of the wrong kind or an impossible threshold is refused with line and reason.</summary>
public static class PolicyFile
{
    /// <exception cref="PolicyFileException">It cannot be used; the message says where and why.</exception>
    public static CurationPolicy Parse(ReadOnlySpan<byte> yaml)
    {
        var policy = Deserialize(Encoding.UTF8.GetString(yaml).TrimStart('\uFEFF')).ToPolicy();
        var problems = policy.Problems().ToList();
        return problems.Count == 0 ? policy : throw new PolicyFileException(string.Join("; ", problems));
    }

    private static Content Deserialize(string yaml)
    {
        try
        {
            return new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).WithDuplicateKeyChecking().Build()
                .Deserialize<Content>(yaml) ?? throw new PolicyFileException("the file is empty");
        }
        catch (Exception e) when (BrokenYaml.Is(e))
        {
            throw new PolicyFileException(BrokenYaml.Reason(e), e);
        }
    }

    // What the file does not say is the default of the policy record, so that the defaults stand in one place.
    private sealed class Content
    {
        public string? Id { get; set; }
        public int Version { get; set; }
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

        public CurationPolicy ToPolicy()
        {
            var defaults = new CurationPolicy { Id = Id ?? "", Version = Version };
            return defaults with
            {
                MinSuccesses = MinSuccesses ?? defaults.MinSuccesses,
                MinTasks = MinTasks ?? defaults.MinTasks,
                Growth = Growth ?? defaults.Growth,
                MaxEpisodes = MaxEpisodes ?? defaults.MaxEpisodes,
                MaxPerTask = MaxPerTask ?? defaults.MaxPerTask,
                FreeShareOfSource = FreeShareOfSource ?? defaults.FreeShareOfSource,
                ClusterThreshold = ClusterThreshold ?? defaults.ClusterThreshold,
                StepSupport = StepSupport ?? defaults.StepSupport,
                OptionalSupport = OptionalSupport ?? defaults.OptionalSupport,
                MaxRegression = MaxRegression ?? defaults.MaxRegression,
                HoldOutOneIn = HoldOutOneIn ?? defaults.HoldOutOneIn,
            };
        }
    }
}

public sealed class PolicyFileException(string reason, Exception? inner = null) : Exception($"the policy cannot be used: {reason}", inner);
