using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories;
using Pipeline.Infra.Postgres;
using static Pipeline.Domain.Families.FamilyEvent;

namespace Pipeline.Benchmarks;

/// <summary>What is written: evidence, the ledger's most frequent event, about 600 bytes of JSON.</summary>
internal static class Load
{
    private static int _streams;

    public static EventContext Context { get; } = new()
    {
        Actor = new(ActorKind.Emitter, "shop.example/agents"),
        CausationId = "0196f0a2-6f1c-7c39-9d2f-9f7d3c1c2a11",
        CorrelationId = "trajectory-5f0c1a9be2d4",
        DecidedBy = "pipeline/0.1.0",
        TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        RecordedAt = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero),
    };

    public static string NewStream() => $"family-{Interlocked.Increment(ref _streams):x12}";

    public static LedgerTransaction Transaction(string stream, long expected, IReadOnlyList<ILedgerEvent> events) => new()
    {
        Context = Context,
        Streams = [new(stream, Streams.Family, expected, events)],
    };

    public static IReadOnlyList<ILedgerEvent> Events(long after, int count) => [.. Enumerable.Range(1, count).Select(n => Evidence(after + n))];

    private static EvidenceAdmitted Evidence(long number) => new()
    {
        EvidenceId = $"5f0c1a9be2d4.{number}",
        TrajectoryId = $"5f0c1a9be2{number:x8}",
        Source = "shop.example/agents",
        Task = $"retail-{number}",
        Model = "model-a-2026-01-01",
        FirstStep = 3,
        LastStep = 17,
        Outcome = new(true, 1.0, VerifiedBy.Verifier),
        Sketch = new(["find_user_id_by_email", "get_user_details", "get_order_details", "return_delivered_order_items"], 5, 0, $"{number:x16}"),
        Loaded = [],
        Taint = [],
    };
}
