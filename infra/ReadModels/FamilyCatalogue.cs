using Npgsql;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using static Pipeline.Domain.Families.FamilyEvent;

namespace Pipeline.Infra.ReadModels;

/// <summary>The families, the evidence that stands in each, and how far curation is.</summary>
/// <remarks>Families grow long: their rows are carried forward event by event, where the other catalogues fold a stream anew.</remarks>
public sealed class FamilyCatalogue : IProjection
{
    public string Name => "family_catalogue";

    public IReadOnlyList<string> Tables => ["family_catalogue", "family_evidence"];

    public async Task ApplyAsync(NpgsqlConnection connection, IReadOnlyList<RecordedEvent> events, CancellationToken cancellationToken)
    {
        var changes = new Changes();
        foreach (var recorded in events)
        {
            if (recorded.Event is FamilyEvent @event) changes.Add(recorded, @event);
        }
        await ReadModelRows.WriteAsync(connection, "family_open", changes.Opened, cancellationToken);
        await ReadModelRows.WriteAsync(connection, "family_evidence_withdraw", changes.Withdrawn.ToList(), cancellationToken);
        await ReadModelRows.WriteAsync(connection, "family_evidence_put", changes.Admitted.ToList(), cancellationToken);
        await ReadModelRows.WriteAsync(connection, "family_update", changes.Families.Values, cancellationToken);
    }

    /// <summary>What a batch comes to: each row once, as the last event about it left it.</summary>
    private sealed class Changes
    {
        private readonly Dictionary<(string Tenant, string Family, string Evidence), (EvidenceRow Row, bool Stands)> _evidence = [];

        public List<OpenedRow> Opened { get; } = [];
        public Dictionary<(string Tenant, string Family), FamilyRow> Families { get; } = [];
        public IEnumerable<EvidenceRow> Admitted => _evidence.Values.Where(e => e.Stands).Select(e => e.Row);
        public IEnumerable<EvidenceRow> Withdrawn => _evidence.Values.Where(e => !e.Stands).Select(e => e.Row);

        public void Add(RecordedEvent recorded, FamilyEvent @event)
        {
            var (tenant, family, leaf) = (recorded.Context.Tenant, Streams.IdOf(recorded.StreamId), recorded.Leaf!.Value);
            var row = Families.GetValueOrDefault((tenant, family)) ?? new(tenant, family);
            row = row with { Leaf = leaf };
            switch (@event)
            {
                case FamilyOpened e:
                    Opened.Add(new(tenant, family, e.Environment, e.Effect, e.Kind, leaf));
                    break;
                case EvidenceAdmitted e:
                    row = row with { EvidenceEvents = row.EvidenceEvents + 1 };
                    Set(new(tenant, family, e.EvidenceId, e.TrajectoryId, e.Source, e.Task, OutcomeOf(e), leaf), stands: true);
                    break;
                case EvidenceWithdrawn e:
                    row = row with { EvidenceEvents = row.EvidenceEvents + 1 };
                    Set(new(tenant, family, e.EvidenceId, "", "", "", "", leaf), stands: false);
                    break;
                // Where a family stands is where its own skill stands.
                case CurationDecided { SiblingFor: null } e:
                    row = row with
                    {
                        CuratedThrough = e.ThroughEvidence,
                        LastOperation = e.Operation,
                        LastReasonCode = e.ReasonCode,
                        LastDecidedAt = recorded.Context.RecordedAt,
                        SkillId = e.Result?.SkillId ?? row.SkillId,
                    };
                    break;
            }
            Families[(tenant, family)] = row;
        }

        private void Set(EvidenceRow row, bool stands) => _evidence[(row.TenantId, row.FamilyId, row.EvidenceId)] = (row, stands);

        private static string OutcomeOf(EvidenceAdmitted e) =>
            e.Outcome.IsVerifiedSuccess ? "success" : e.Outcome.IsVerifiedFailure ? "failure" : "unverified";
    }

    private sealed record OpenedRow(string TenantId, string FamilyId, string Environment, string Effect, SkillKind Kind, long Leaf);

    private sealed record EvidenceRow(
        string TenantId, string FamilyId, string EvidenceId, string TrajectoryId, string Source, string Task, string Outcome, long Leaf);

    private sealed record FamilyRow(string TenantId, string FamilyId)
    {
        /// <summary>Those of the batch.</summary>
        public int EvidenceEvents { get; init; }
        public int? CuratedThrough { get; init; }
        public CurationOperation? LastOperation { get; init; }
        public string? LastReasonCode { get; init; }
        public DateTimeOffset? LastDecidedAt { get; init; }
        public string? SkillId { get; init; }
        public long Leaf { get; init; }
    }
}
