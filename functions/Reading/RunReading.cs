using System.Text.Json;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Infra.Payloads;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.ReadModels;
using static Pipeline.Domain.Trajectories.TrajectoryEvent;

namespace Pipeline.Functions.Reading;

/// <summary>Runs as the ledger has them, and what was said and done in one of them as long as anybody may read it.</summary>
public sealed class RunReading(TrajectoryQueries queries, EventStore store, PayloadVault vault)
{
    private const int MostEnvironments = 200;

    /// <summary>How a run can have ended, as a list is asked for it.</summary>
    public static IReadOnlyList<string> Endings { get; } = ["succeeded", "failed", "untold", "kept-out"];

    public Task<IReadOnlyList<string>> EnvironmentsAsync(CancellationToken ct) => queries.EnvironmentsAsync(EventContext.DefaultTenant, MostEnvironments, ct);

    /// <summary>Runs, the newest first. Nothing of their texts.</summary>
    public async Task<RunsPage> ListAsync(RunQuestion question, LedgerMoment moment, int limit, CancellationToken ct)
    {
        var filter = new TrajectoryFilter(question.Environment, question.Source, question.Ended);
        var page = await queries.NewestAsync(EventContext.DefaultTenant, filter, question.Before, moment.IsNow ? null : moment.Leaves, limit, ct);
        return new([.. page.Items.Select(ListedRun.Of)], page.Next);
    }

    /// <summary>One run as it was on record at a moment, with its text as it can be read today.</summary>
    /// <returns>Null where there was none.</returns>
    public async Task<RunThen?> FindAsync(string id, LedgerMoment moment, CancellationToken ct)
    {
        var stream = await store.ReadStreamAsync(EventContext.DefaultTenant, Streams.Of(Streams.Trajectory, id), sealedOnly: true, ct: ct);
        var then = stream.Where(e => e.Leaf < moment.Leaves).ToList();
        if (then.Count == 0) return null;
        var record = TrajectoryRecord.Fold(then.Select(e => e.Event));
        // What is erased is gone, whatever moment one looks at.
        var erased = stream.FirstOrDefault(e => e.Event is SubjectErased);
        var (text, problem) = record.Facts is { } facts && erased is null ? await TextAsync(facts, ct) : (null, "");
        return new(id, record, then, erased, text, problem);
    }

    private async Task<(Trajectory? Text, string Problem)> TextAsync(TrajectoryRecorded facts, CancellationToken ct)
    {
        switch (await vault.LoadAsync(EventContext.DefaultTenant, facts.Subject, facts.Payload, ct))
        {
            case PayloadLoaded.Content content:
                var cloudEvent = new CloudEvent
                {
                    Id = facts.SourceId,
                    Source = facts.Source,
                    Type = EventTypes.Trajectory,
                    Data = JsonElement.Parse(content.CanonicalJson, new JsonDocumentOptions { MaxDepth = StrictJson.MaxDepth }),
                };
                return TrajectoryReader.Read(cloudEvent).Try(out var trajectory, out var error) ? (trajectory, "") : (null, $"this program cannot read it: {error.Code}");
            case PayloadLoaded.Erased:
                return (null, "the key of its data subject was destroyed");
            case PayloadLoaded.Altered:
                return (null, "what is stored is not what was recorded");
            default:
                return (null, "it is not in the payload store, and nobody erased it");
        }
    }
}

/// <summary>What is left empty does not narrow.</summary>
/// <param name="Source">Part of it.</param>
/// <param name="Ended">One of <see cref="RunReading.Endings"/>.</param>
/// <param name="Before">A leaf that all were recorded before; null: from the newest.</param>
public sealed record RunQuestion(string Environment = "", string Source = "", string Ended = "", long? Before = null);

/// <param name="Older">What to ask as <see cref="RunQuestion.Before"/> for the next page; null where there is none.</param>
public sealed record RunsPage(IReadOnlyList<ListedRun> Runs, long? Older);

/// <param name="Rejection">Why it was kept out, where it was.</param>
/// <param name="Erased">Its text can no longer be read by anybody.</param>
public sealed record ListedRun(
    string Id, string Source, string SourceId, string Task, string Environment, string Agent, string Model, Outcome Outcome, int Steps, int ToolCalls,
    bool Rejected, string Rejection, bool Erased, DateTimeOffset RecordedAt, long Leaf)
{
    internal static ListedRun Of(CataloguedTrajectory t) => new(
        t.TrajectoryId, t.Source, t.SourceId, t.Task, t.Environment, t.Agent, t.Model, new(t.Success, t.Reward, t.VerifiedBy), t.Steps, t.ToolCalls,
        t.Rejected, t.Rejection, t.Erased, t.RecordedAt, t.RecordedLeaf);
}

/// <param name="Record">As it stood at the moment.</param>
/// <param name="Stream">Its events up to the moment.</param>
/// <param name="Erased">The event by which its text was erased, be it after the moment; null where nobody did.</param>
/// <param name="Text">What was said and done in it; null where that cannot be read.</param>
/// <param name="Problem">Why it cannot, though nobody erased it; empty where it can.</param>
public sealed record RunThen(string Id, TrajectoryRecord Record, IReadOnlyList<RecordedEvent> Stream, RecordedEvent? Erased, Trajectory? Text, string Problem);
