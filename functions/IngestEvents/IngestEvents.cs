using System.Text.Json.Nodes;
using MediatR;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Domain.Trajectories.Redaction;
using Pipeline.Domain.Validation.Platform;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Messages;
using Pipeline.Functions.Telemetry;
using Pipeline.Infra.Payloads;
using Pipeline.Infra.Platform;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.IngestEvents;

/// <summary>CloudEvents over HTTP: checked, redacted and encrypted before anything of them is queued or stored.</summary>
public sealed record IngestEventsRequest(HttpCall Call) : IRequest<Completion>
{
    public string Tenant { get; init; } = EventContext.DefaultTenant;
}

public sealed class IngestEventsHandler(PayloadVault vault, EventStore store, PlatformOptions platform) : IRequestHandler<IngestEventsRequest, Completion>
{
    public async Task<Completion> Handle(IngestEventsRequest request, CancellationToken ct)
    {
        if (!RequestBody.Read(request.Call).Try(out var events, out var error))
        {
            Meters.Refused("door", error.Code);
            return Answer(IngestAnswer.OfError(error));
        }

        var intake = events.Select(Check).ToList();
        var outputs = new List<OutputMessage>();
        foreach (var item in intake.Where(i => i.Verdict is null && i.Event!.Type == EventTypes.ValidationResult))
        {
            item.Verdict = Answered(item.Event!);
            if (item.Verdict.Status == IngestStatus.Accepted) outputs.Add(ValidationAnswer.Of(item.Event!));
        }
        var usable = intake.Where(i => i.Verdict is null).ToList();
        var stored = await vault.StoreAsync([.. usable.Select(i => new PayloadToStore(i.SubjectOf(request.Tenant), i.Canonical))], ct);
        var known = await store.FindInboxAsync(request.Tenant, [.. usable.Select(i => new InboxKey(i.Event!.Source, i.Event.Id))], ct);

        foreach (var (item, payload) in usable.Zip(stored))
        {
            item.Verdict = Decide(item, payload, known);
            if (item.Verdict.Status == IngestStatus.Accepted)
                outputs.Add(TrajectoryMessage.Of(item.Event!, ((PayloadStored.At)payload).Reference, item.Redactions));
        }
        foreach (var item in intake) Tell(item);
        return Answer(IngestAnswer.Of(intake), outputs);
    }

    private static void Tell(IngestItem item)
    {
        Meters.Ingested(item.Verdict!.Status.ToString().ToLowerInvariant());
        if (item.Verdict is { Status: IngestStatus.Refused, Code: { } code }) Meters.Refused("door", code);
        // An event that comes with a trace goes on in that one.
        else Traces.Link(item.Event?.TraceParent);
    }

    private static Completion.Done Answer(HttpAnswer answer, IReadOnlyList<OutputMessage>? outputs = null) => new(outputs ?? [], answer);

    // What can never be projected is refused at the door, where the emitter still listens.
    private static IngestItem Check(Parsed<CloudEvent> parsed)
    {
        if (!parsed.Try(out var cloudEvent, out var error)) return IngestItem.Refused(null, error);
        var problem = cloudEvent.Type switch
        {
            EventTypes.Outcome => Problem(OutcomeReader.Read(cloudEvent)),
            EventTypes.ValidationResult => Problem(TrialReader.Read(cloudEvent)),
            _ => Problem(TrajectoryReader.Read(cloudEvent)),
        };
        // Counts and names of tasks: nothing private, and a token that must stay what it is.
        if (problem is null && cloudEvent.Type == EventTypes.ValidationResult) return new(cloudEvent, null);
        return problem is null ? new(cloudEvent, Redactor.Default.Redact(cloudEvent.Data)) : IngestItem.Refused(cloudEvent, problem);
    }

    private IngestVerdict Answered(CloudEvent answer)
    {
        if (!platform.IsOn) return new(IngestStatus.Refused, "no-platform", "no platform is configured here, so none was asked");
        if (ValidationAnswer.SizeOf(answer) > ValidationAnswer.Largest) return new(IngestStatus.Refused, "event-too-large", $"the result has more than {ValidationAnswer.Largest} bytes; send fewer pairs");
        return TrialReader.Read(answer).Try(out var trial, out _) && platform.IsToken(trial.Job, trial.Token)
            ? new(IngestStatus.Accepted)
            : new(IngestStatus.Refused, "validation-token", "the token is not the one that came with the question");
    }

    private static InputError? Problem<T>(Parsed<T> parsed) => (parsed as Parsed<T>.Refused)?.Error;

    private static IngestVerdict Decide(IngestItem item, PayloadStored payload, IReadOnlyDictionary<InboxKey, InboxEntry> known) => payload switch
    {
        PayloadStored.SubjectErased => new(IngestStatus.Refused, "subject-erased", "this data subject was erased; nothing more is taken in under that name"),
        PayloadStored.At at when known.TryGetValue(new(item.Event!.Source, item.Event.Id), out var entry) => entry.Matches(at.Reference.Digest)
            ? new(IngestStatus.Duplicate)
            : new(IngestStatus.Refused, IngestVerdict.Conflict, "an event with this source and id was taken in with other content; emit it under another id"),
        _ => new(IngestStatus.Accepted),
    };
}

/// <summary>One event on its way in.</summary>
internal sealed class IngestItem(CloudEvent? cloudEvent, Redacted? redacted)
{
    public CloudEvent? Event { get; } = cloudEvent;
    public byte[] Canonical { get; } = redacted is null ? [] : CanonicalJson.Utf8(redacted.Data);
    public IReadOnlyDictionary<string, int> Redactions { get; } = redacted?.Counts ?? new Dictionary<string, int>();

    /// <summary>Null until it is decided.</summary>
    public IngestVerdict? Verdict { get; set; }

    public static IngestItem Refused(CloudEvent? cloudEvent, InputError error) => new(cloudEvent, null)
    {
        Verdict = new(IngestStatus.Refused, error.Code, error.Pointer is null ? error.Message : $"{error.Message} (at {error.Pointer})"),
    };

    public DataSubject SubjectOf(string tenant) => new(tenant, Event!.DataSubject ?? Event.Source);
}

internal enum IngestStatus { Accepted, Duplicate, Refused }

internal sealed record IngestVerdict(IngestStatus Status, string? Code = null, string? Message = null)
{
    public const string Conflict = "event-conflict";

    public JsonObject Json(CloudEvent? cloudEvent) => new()
    {
        ["source"] = cloudEvent?.Source,
        ["id"] = cloudEvent?.Id,
        ["status"] = Status.ToString().ToLowerInvariant(),
        ["code"] = Code,
        ["message"] = Message,
    };
}
