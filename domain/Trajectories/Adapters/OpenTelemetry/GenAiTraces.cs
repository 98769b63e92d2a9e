namespace Pipeline.Domain.Trajectories.Adapters.OpenTelemetry;

/// <summary>Tells which spans are one run.</summary>
internal sealed class GenAiTraces(IReadOnlyList<GenAiSpan> spans)
{
    // The key of the agent that is nearest above, by span; agents above an agent make it a subagent.
    private readonly Dictionary<(string Trace, string Id), GenAiSpan> byId = spans.ToDictionary(s => (s.Trace, s.Id));
    private readonly Dictionary<(string Trace, string Id), GenAiSpan?> agentAbove = [];

    /// <summary>In the order in which they began. Which order the spans came in makes no difference.</summary>
    public IReadOnlyList<GenAiRun> Runs()
    {
        var groups = new Dictionary<(string Kind, string Key), List<GenAiSpan>>();
        foreach (var span in spans.Where(s => s.IsGenAi).OrderBy(s => s.Start).ThenBy(s => s.Trace, StringComparer.Ordinal).ThenBy(Rank).ThenBy(s => s.Id, StringComparer.Ordinal))
        {
            var key = KeyOf(span);
            if (!groups.TryGetValue(key, out var group)) groups[key] = group = [];
            group.Add(span);
        }

        return [.. groups.Select(g => new GenAiRun(g.Value, g.Value.Select(Conversation).FirstOrDefault(c => c is not null), g.Key.Kind == "subagent"))];
    }

    // Of those that begin together the outer one comes first, and a request before the tools that it asked for.
    private static int Rank(GenAiSpan span) => span.IsAgent ? 0 : span.IsModel ? 1 : 2;

    private (string Kind, string Key) KeyOf(GenAiSpan span)
    {
        var agent = span.IsAgent ? span : AgentAbove(span);
        if (agent is not null && AgentAbove(agent) is not null) return ("subagent", $"{agent.Trace}/{agent.Id}");
        var conversation = Conversation(span) ?? (agent is null ? null : Conversation(agent));
        if (conversation is not null) return ("conversation", $"{agent?.Text("gen_ai.agent.name")}\n{conversation}");
        return agent is not null ? ("agent", $"{agent.Trace}/{agent.Id}") : ("trace", span.Trace);
    }

    private static string? Conversation(GenAiSpan span) => span.Text("gen_ai.conversation.id");

    // Walks up once for each span: what is found is kept for all on the way, and a circle ends where it began.
    private GenAiSpan? AgentAbove(GenAiSpan span)
    {
        var way = new List<(string, string)>();
        var visited = new HashSet<(string, string)>();
        GenAiSpan? found = null;
        for (var at = span; ;)
        {
            if (agentAbove.TryGetValue((at.Trace, at.Id), out found) || !visited.Add((at.Trace, at.Id))) break;
            way.Add((at.Trace, at.Id));
            if (at.Parent is null || !byId.TryGetValue((at.Trace, at.Parent), out var parent)) break;
            if (parent.IsAgent)
            {
                found = parent;
                break;
            }

            at = parent;
        }

        foreach (var id in way) agentAbove[id] = found;
        return found;
    }
}
