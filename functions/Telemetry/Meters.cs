using System.Collections.Frozen;
using System.Diagnostics.Metrics;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Telemetry;

/// <summary>What this process counts. Every attribute's value is one of ours: a state, a code, a queue's name; nothing that an emitter wrote.</summary>
public static class Meters
{
    public const string MeterName = "Pipeline";

    public static Meter Meter { get; } = new(MeterName, ProgramVersion.Number);

    private static readonly Counter<long> s_events = Meter.CreateCounter<long>("pipeline.ingest.events", "{event}", "Events that emitters sent over HTTP.");
    private static readonly Counter<long> s_refusals = Meter.CreateCounter<long>("pipeline.refusals", "{refusal}", "What was refused, by code.");
    private static readonly Counter<long> s_decisions = Meter.CreateCounter<long>("pipeline.curation.decisions", "{decision}", "Decisions of curation, by operation.");
    private static readonly Counter<long> s_poison = Meter.CreateCounter<long>("pipeline.poison.messages", "{message}", "Messages that were kept as dead letters.");
    private static readonly FrozenDictionary<CurationOperation, string> s_operations =
        Enum.GetValues<CurationOperation>().ToFrozenDictionary(o => o, o => o.ToString().ToLowerInvariant());

    /// <param name="status">accepted, duplicate or refused.</param>
    public static void Ingested(string status) => s_events.Add(1, new KeyValuePair<string, object?>("pipeline.ingest.status", status));

    /// <param name="where">door (ingestion), or ledger (a decision).</param>
    public static void Refused(string where, string code) =>
        s_refusals.Add(1, new("pipeline.refused.by", where), new("error.type", code));

    public static void Poisoned(string function, string code) =>
        s_poison.Add(1, new("faas.name", function), new("error.type", code));

    public static void Decided(IEnumerable<ILedgerEvent> written)
    {
        foreach (var decided in written.OfType<FamilyEvent.CurationDecided>())
            s_decisions.Add(1, new KeyValuePair<string, object?>("pipeline.curation.operation", s_operations.GetValueOrDefault(decided.Operation, "")));
    }
}
