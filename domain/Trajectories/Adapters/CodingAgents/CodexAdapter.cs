using System.Text.Json;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters.CodingAgents;

/// <summary>Codex's session files: lines of <c>{timestamp, type, payload}</c>, a session from each <c>session_meta</c> on.</summary>
public sealed class CodexAdapter : ITrajectoryAdapter
{
    private static readonly string[] Types = ["session_meta", "response_item", "event_msg", "turn_context", "compacted"];

    public string Name => "codex";

    public bool Recognises(JsonElement root) => AdaptedEvent.HasPart(root, RecognisesPart);

    public bool RecognisesPart(JsonElement line) => line.Has("payload", JsonValueKind.Object) && Types.Contains(line.Text("type"));

    public IEnumerable<Parsed<CloudEvent>> Read(JsonElement root, AdapterOptions options)
    {
        CodexSession? session = null;
        foreach (var line in root.EnumerateArray())
        {
            if (line.Text("type") == "session_meta" && session is { IsHeaded: true })
            {
                if (Event(session, options) is { } ended) yield return ended;
                session = null;
            }

            (session ??= new()).Add(line);
        }

        if (session is not null && Event(session, options) is { } last) yield return last;
    }

    private static Parsed<CloudEvent>? Event(CodexSession session, AdapterOptions options)
    {
        var facts = session.Facts();
        return options.Keeps(facts.Task) ? RunEvent.Of(facts, session.Draft, options, "") : null;
    }
}
