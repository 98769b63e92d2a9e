using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.IngestEvents;

/// <summary>What the emitter is told: 202 when anything was accepted or known, else what is wrong.</summary>
internal static class IngestAnswer
{
    public static HttpAnswer Of(IReadOnlyList<IngestItem> items)
    {
        var verdicts = items.Select(i => i.Verdict!).ToList();
        var facts = new JsonObject
        {
            ["accepted"] = verdicts.Count(v => v.Status == IngestStatus.Accepted),
            ["duplicate"] = verdicts.Count(v => v.Status == IngestStatus.Duplicate),
            ["refused"] = verdicts.Count(v => v.Status == IngestStatus.Refused),
            ["events"] = new JsonArray([.. items.Select(i => (JsonNode)i.Verdict!.Json(i.Event))]),
        };
        if (verdicts.Exists(v => v.Status != IngestStatus.Refused) || verdicts.Count == 0) return new(StatusCodes.Status202Accepted, facts);

        var conflict = verdicts.TrueForAll(v => v.Code == IngestVerdict.Conflict);
        var status = conflict ? StatusCodes.Status409Conflict : StatusCodes.Status400BadRequest;
        var only = verdicts.Count == 1 ? verdicts[0] : null;
        return Problem(status, only?.Code ?? (conflict ? IngestVerdict.Conflict : "nothing-usable"),
            only?.Message ?? "none of the events could be taken in; `events` says why, one by one", facts);
    }

    public static HttpAnswer OfError(InputError error) => Problem(
        error.Code switch
        {
            RequestBody.TooLarge => StatusCodes.Status413PayloadTooLarge,
            RequestBody.NoLength => StatusCodes.Status411LengthRequired,
            RequestBody.Compressed or "cloudevents-mode" or "data-content-type" => StatusCodes.Status415UnsupportedMediaType,
            _ => StatusCodes.Status400BadRequest,
        },
        error.Code, error.Pointer is null ? error.Message : $"{error.Message} (at {error.Pointer})", []);

    private static HttpAnswer Problem(int status, string code, string detail, JsonObject more)
    {
        var body = Problems.Body(status, code, detail);
        foreach (var (name, value) in more) body[name] = value?.DeepClone();
        return new(status, body, Problems.ContentType);
    }
}
