using System.Text;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Skills.Tiers;

namespace Pipeline.Infra.Policies;

/// <summary>The gates of the tiers as YAML. An unknown key, a value of the wrong kind or an impossible number is refused with line and reason.</summary>
public static class GateFile
{
    /// <exception cref="PolicyFileException">It cannot be used; the message says where and why.</exception>
    public static GatePolicy Parse(ReadOnlySpan<byte> yaml)
    {
        var text = Encoding.UTF8.GetString(yaml).TrimStart('\uFEFF');
        var gates = PolicyYaml.Deserialize<Content>(text).ToGates();
        PolicyYaml.RefuseProblems(gates.Problems(), text);
        return gates;
    }

    // What the file does not say is the default of the record, so that the defaults stand in one place.
    private sealed class Content
    {
        private static readonly GatePolicy Default = new() { Id = "", Version = 0 };

        public string? Id { get; set; }
        public int Version { get; set; }
        public int? Sources { get; set; }
        public bool? AuthorMayApprove { get; set; }
        public bool? ApprovalStandsForEvidence { get; set; }
        public int? Approvers { get; set; }
        public double? CleanDays { get; set; }
        public int? CleanUses { get; set; }
        public double? CleanDrop { get; set; }
        public double? StaleAfter { get; set; }
        public Tier? UnapprovedPowers { get; set; }
        public bool? CanaryFollows { get; set; }

        public GatePolicy ToGates() => Default with
        {
            Id = Id ?? "",
            Version = Version,
            Sources = Sources ?? Default.Sources,
            AuthorMayApprove = AuthorMayApprove ?? Default.AuthorMayApprove,
            ApprovalStandsForEvidence = ApprovalStandsForEvidence ?? Default.ApprovalStandsForEvidence,
            Approvers = Approvers ?? Default.Approvers,
            CleanDays = CleanDays ?? Default.CleanDays,
            CleanUses = CleanUses ?? Default.CleanUses,
            CleanDrop = CleanDrop ?? Default.CleanDrop,
            StaleAfter = StaleAfter,
            UnapprovedPowers = UnapprovedPowers ?? Default.UnapprovedPowers,
            CanaryFollows = CanaryFollows ?? Default.CanaryFollows,
        };
    }
}
