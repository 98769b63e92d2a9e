using System.Globalization;
using System.Text.Json.Nodes;

namespace Pipeline.Domain.Trajectories.Adapters.CodingAgents;

/// <summary>A run on its way to ATIF's steps: what was said, thought, called and returned, told piece by piece.</summary>
/// <remarks>A turn of the agent is one step: its thought, its text, and the calls that it made together. What is told after a
/// result begins a new one, for it was made knowing that result.</remarks>
internal sealed class RunDraft
{
    private readonly List<JsonObject> steps = [];
    private readonly Dictionary<string, MadeCall> latest = new(StringComparer.Ordinal);
    private int made;
    private AgentTurn? turn;
    private string? turnName;

    public SkillTraces Skills { get; } = new();

    public bool IsEmpty => steps.Count == 0;

    /// <summary>Something that the user said, or the harness (a system step); it ends the agent's turn.</summary>
    public void Note(StepSource source, string text, string? at = null, JsonObject? extra = null)
    {
        EndTurn();
        Skills.Listed(text);
        if (string.IsNullOrWhiteSpace(text)) return;
        var step = Step(source, at);
        step["message"] = text;
        if (extra is not null) step["extra"] = extra;
    }

    /// <summary>The pieces that follow belong to this turn, where the format names turns. Another name, or none, is another turn.</summary>
    public void Turn(string? name)
    {
        if (name is null || name != turnName) EndTurn();
        turnName = name;
    }

    public void EndTurn()
    {
        turn?.Close();
        turn = null;
    }

    public void Think(string text, string? at = null)
    {
        if (string.IsNullOrWhiteSpace(text)) return;
        if (turnName is null && turn is { HasSpoken: true }) EndTurn();
        Open(at).Think(text);
    }

    public void Say(string text, string? at = null)
    {
        if (string.IsNullOrWhiteSpace(text)) return;
        if (turnName is null && turn is { HasSpoken: true }) EndTurn();
        Open(at).Say(text);
    }

    /// <param name="id">As told; where nothing is, one is made up.</param>
    /// <returns>The id.</returns>
    public string Call(string? id, string? tool, JsonObject arguments, string? at = null, JsonObject? extra = null)
    {
        if (turnName is null && turn is { HasResults: true }) EndTurn();
        made++;
        var call = new MadeCall(Open(at), id ?? $"call-{made.ToString(CultureInfo.InvariantCulture)}", string.IsNullOrWhiteSpace(tool) ? "unknown" : tool, arguments);
        latest[call.Id] = call;
        call.Turn.Add(call, extra);
        return call.Id;
    }

    /// <param name="id">The call that it answers. Where there is none that waits, the harness has said something.</param>
    /// <param name="isError">Null where nothing says so.</param>
    public void Result(string id, string text, bool? isError, JsonObject? extra = null)
    {
        if (!latest.TryGetValue(id, out var call) || call.IsAnswered)
        {
            Note(StepSource.System, text, extra: extra);
            return;
        }

        call.IsAnswered = true;
        if (isError is { } told) (extra ??= [])["is_error"] = told;
        call.Turn.Answer(call, text, extra);
        Skills.Answered(call.Tool, call.Arguments, text, isError);
    }

    /// <summary>Whether such a call was made.</summary>
    public bool Knows(string id) => latest.ContainsKey(id);

    /// <summary>Whether such a call was made and has no result yet.</summary>
    public bool Awaits(string id) => latest.TryGetValue(id, out var call) && !call.IsAnswered;

    /// <summary>What the turn cost, of which a format may tell a part.</summary>
    public void Usage(long? prompt, long? completion, double? cost = null, string? model = null) => turn?.Usage(prompt, completion, cost, model);

    /// <summary>Keeps what has no other place with the agent's turn, where it is in one.</summary>
    public void Keep(JsonObject? extra)
    {
        if (extra is not null) turn?.Keep(extra);
    }

    /// <summary>ATIF's steps. Nothing can be told after this.</summary>
    public JsonArray Steps()
    {
        EndTurn();
        return new([.. steps]);
    }

    private AgentTurn Open(string? at) => turn ??= new(Step(StepSource.Agent, at));

    private JsonObject Step(StepSource source, string? at)
    {
        var step = new JsonObject
        {
            ["step_id"] = steps.Count + 1,
            ["source"] = source switch { StepSource.Agent => "agent", StepSource.User => "user", _ => "system" },
            ["message"] = "",
        };
        if (at is not null) step["timestamp"] = at;
        steps.Add(step);
        return step;
    }
}

/// <summary>A call that was made, and whether its result has been told.</summary>
internal sealed record MadeCall(AgentTurn Turn, string Id, string Tool, JsonObject Arguments)
{
    public bool IsAnswered { get; set; }
}
