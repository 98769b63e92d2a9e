using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters;

/// <summary>Outcomes that somebody keeps apart from the runs: lines of <c>{"id" or "task", "success", "reward", "verifiedBy"}</c>. Whoever
/// writes such a file stands behind it: a verdict that does not say by whom is a person's.</summary>
/// <remarks>An id is the event's or the session's. A verdict on one run goes before one on all runs of its task; of two on the same the
/// last counts, since a file of them is written from the top.</remarks>
public sealed class Verdicts
{
    private readonly Dictionary<string, JsonElement> byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JsonElement> byTask = new(StringComparer.Ordinal);
    private readonly HashSet<string> used = new(StringComparer.Ordinal);

    private Verdicts() { }

    /// <summary>How many runs or tasks there are verdicts on.</summary>
    public int Count => byId.Count + byTask.Count;

    /// <summary>How many of them no run was found for so far.</summary>
    public int Unused => Count - used.Count;

    /// <returns>A refusal names the line.</returns>
    public static Parsed<Verdicts> Read(ReadOnlyMemory<byte> file)
    {
        var verdicts = new Verdicts();
        foreach (var (number, line) in FilePieces.Of(file))
            if (!StrictJson.Parse(line.Span).Then(verdicts.Add).Try(out _, out var error)) return error with { Message = $"Line {number} of the file: {error.Message}" };
        return verdicts;
    }

    /// <summary>The run with the outcome that is known of it; as it was where none is.</summary>
    public CloudEvent On(CloudEvent run) => run.Type == EventTypes.Trajectory && Find(run) is { } outcome
        ? run with { Data = Envelope.With(run.Data, new JsonObject { ["outcome"] = JsonObject.Create(outcome) }) }
        : run;

    private Parsed<Verdicts> Add(JsonElement line)
    {
        var (id, task) = (line.Text("id"), line.Text("task"));
        if (id is null == task is null) return new InputError("missing-field", "A verdict names a run by \"id\", or all runs of a task by \"task\".");
        var outcome = new JsonObject();
        foreach (var name in new[] { "success", "reward", "verifiedBy" })
            if (Told.Kept(line.Member(name)) is { } value) outcome[name] = value;
        outcome.TryAdd("verifiedBy", "human");
        var element = AdaptedEvent.Element(outcome);
        var findings = new Findings();
        OutcomeReader.Read(new Place(element, "", findings));
        if (findings.First is { } error) return error;
        (id is null ? byTask : byId)[id ?? task!] = element;
        return this;
    }

    private JsonElement? Find(CloudEvent run)
    {
        string?[] names = [run.Id, run.Data.Member("trajectory").Text("session_id"), run.Data.Member("trajectory").Text("trajectory_id"), run.Data.Text("session_id"), run.Data.Text("trajectory_id")];
        foreach (var name in names)
            if (name is not null && byId.TryGetValue(name, out var verdict)) return Used($"id {name}", verdict);
        return run.Data.Text("task") is { } task && byTask.TryGetValue(task, out var ofTask) ? Used($"task {task}", ofTask) : null;
    }

    private JsonElement Used(string what, JsonElement verdict)
    {
        used.Add(what);
        return verdict;
    }
}

/// <summary>The data of a trajectory event: an ATIF document, or one in <c>trajectory</c> with what ATIF has no place for beside it.</summary>
internal static class Envelope
{
    /// <summary>Says something more beside the document; what was said before under the same name is replaced.</summary>
    public static JsonElement With(JsonElement data, JsonObject more)
    {
        if (data.ValueKind != JsonValueKind.Object) return data;
        var envelope = AtifReader.Recognises(data) && !data.TryGetProperty("trajectory", out _) ? new JsonObject { ["trajectory"] = JsonObject.Create(data) } : JsonObject.Create(data)!;
        foreach (var (name, value) in more) envelope[name] = value?.DeepClone();
        return AdaptedEvent.Element(envelope);
    }
}
