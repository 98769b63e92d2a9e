using System.Text.Json;
using MediatR;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Domain.Trajectories.Redaction;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Messages;
using Pipeline.Infra.Payloads;

namespace Pipeline.Functions.ProjectTrajectory;

/// <summary>Projects one message into the ledger: a run is recorded and its episodes become evidence; a verdict corrects an outcome.</summary>
public sealed record ProjectTrajectoryRequest(TriggerMessage Message) : IRequest<Completion>
{
    public string Tenant { get; init; } = EventContext.DefaultTenant;
}

public sealed class ProjectTrajectoryHandler(SealedMessages seals, PayloadVault vault, TrajectoryProjection projection, OutcomeProjection outcomes)
    : IRequestHandler<ProjectTrajectoryRequest, Completion>
{
    public async Task<Completion> Handle(ProjectTrajectoryRequest request, CancellationToken ct)
    {
        if (await seals.OpenAsync(request.Tenant, request.Message.Body, ct) is not { } body)
            return Poison(null, new("subject-erased", "the data subject was erased while the message lay among the dead letters"));
        if (!TrajectoryMessage.Read(body).Try(out var message, out var error)) return Poison(null, error);

        var loaded = message.Payload is { } reference
            ? await LoadAsync(request.Tenant, message, reference, ct)
            : await StoreAsync(request.Tenant, message, ct);
        if (loaded.Problem is { } problem) return Poison(message.Event, problem);
        var arrived = new Arrived(request.Tenant, message.Event with { Data = loaded.Data }, loaded.Reference!, message.SubjectName, loaded.Redactions);

        return message.Event.Type == EventTypes.Outcome
            ? await outcomes.ProjectAsync(arrived, request.Message.DeliveryCount, ct)
            : await projection.ProjectAsync(arrived, ct);
    }

    internal static Completion.Poison Poison(CloudEvent? cloudEvent, InputError error) => new(
        error.Code, error.Pointer is null ? error.Message : $"{error.Message} (at {error.Pointer})", cloudEvent?.Source ?? "", cloudEvent?.Id ?? "");

    private async Task<Loaded> LoadAsync(string tenant, TrajectoryMessage message, PayloadReference reference, CancellationToken ct) =>
        await vault.LoadAsync(tenant, message.SubjectName, reference, ct) switch
        {
            PayloadLoaded.Content content => new(Parse(content.CanonicalJson), reference, message.Redactions, null),
            PayloadLoaded.Erased => Loaded.Failed("subject-erased", "the data subject was erased while the message was under way"),
            PayloadLoaded.Missing => Loaded.Failed("payload-missing", "the payload store has nothing at the place that the message names"),
            _ => Loaded.Failed("payload-altered", "what lies in the payload store is not what the message's digest says"),
        };

    // An emitter that writes to the queue must have redacted; doing it again costs little and changes nothing then.
    private async Task<Loaded> StoreAsync(string tenant, TrajectoryMessage message, CancellationToken ct)
    {
        var redacted = Redactor.Default.Redact(message.Event.Data);
        var stored = await vault.StoreAsync(tenant, message.SubjectName, CanonicalJson.Utf8(redacted.Data), ct);
        return stored is PayloadStored.At at
            ? new(redacted.Data, at.Reference, redacted.Counts, null)
            : Loaded.Failed("subject-erased", "this data subject was erased; nothing more is taken in under that name");
    }

    private static JsonElement Parse(byte[] json) => JsonElement.Parse(json, new JsonDocumentOptions { MaxDepth = StrictJson.MaxDepth });

    private sealed record Loaded(JsonElement Data, PayloadReference? Reference, IReadOnlyDictionary<string, int> Redactions, InputError? Problem)
    {
        public static Loaded Failed(string code, string message) => new(default, null, new Dictionary<string, int>(), new(code, message));
    }
}

/// <summary>An event whose data is at hand and stored.</summary>
public sealed record Arrived(
    string Tenant, CloudEvent Event, PayloadReference Payload, string Subject, IReadOnlyDictionary<string, int> Redactions);
