using System.Text.Json;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters.CodingAgents;

/// <summary>Claude Code's own session files, and what it streams when it runs without a terminal: a line for each message, told by
/// <c>type</c>, with the session's id in each.</summary>
/// <remarks>A subagent's lines (<c>isSidechain</c>) are not merged into the run that started it: there they are one call with its result.</remarks>
public sealed class ClaudeCodeAdapter : ITrajectoryAdapter
{
    private static readonly string[] Messages = ["user", "assistant"];

    public string Name => "claude-code";

    public bool Recognises(JsonElement root) => AdaptedEvent.HasPart(root, RecognisesPart);

    public bool RecognisesPart(JsonElement line) =>
        SessionOf(line) is not null
        && ((Messages.Contains(line.Text("type")) && line.Has("message", JsonValueKind.Object)) || (line.Text("type") == "system" && line.Text("subtype") == "init"));

    public IEnumerable<Parsed<CloudEvent>> Read(JsonElement root, AdapterOptions options)
    {
        var sessions = new List<ClaudeCodeSession>();
        var known = new Dictionary<(string Session, string? Agent), ClaudeCodeSession>();
        foreach (var line in root.EnumerateArray())
        {
            if (SessionOf(line) is not { } id) continue;
            var agent = line.Flag("isSidechain") == true ? line.Text("agentId") ?? "sidechain" : line.Text("parent_tool_use_id");
            if (!known.TryGetValue((id, agent), out var session))
            {
                known[(id, agent)] = session = new ClaudeCodeSession(id, agent);
                sessions.Add(session);
            }

            session.Add(line);
        }

        foreach (var session in sessions.Where(s => s.HasMessages))
        {
            var facts = session.Facts();
            if (options.Keeps(facts.Task)) yield return RunEvent.Of(facts, session.Draft, options, "");
        }
    }

    private static string? SessionOf(JsonElement line) => line.Text("sessionId") ?? line.Text("session_id");
}
