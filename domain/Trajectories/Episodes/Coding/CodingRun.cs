namespace Pipeline.Domain.Trajectories.Episodes.Coding;

/// <summary>What an episode did with generic tools.</summary>
/// <param name="Acts">In order.</param>
/// <param name="Sketch">What its family is found by.</param>
public sealed record CodingWork(IReadOnlyList<CodingAct> Acts, TaskSketch Sketch)
{
    /// <summary>All that the agent said and thought, turn by turn; capped.</summary>
    public IReadOnlyList<Utterance> Narration { get; init; } = [];
}

/// <param name="Step">The number of the step in which it was said.</param>
public sealed record Utterance(int Step, string Text);

/// <summary>Splits runs whose tools are generic: the whole task is one episode, or each request that ended in changes is.</summary>
public static class CodingRun
{
    private const int ShortestRequest = 24;
    private const int LongestSaid = 4000;
    private const int MostNarration = 400;

    // Agents also call what keeps their lists and finds their tools; who books a table does nothing else.
    private const int LeastShareOfGeneric = 4;

    /// <summary>Null where the run's tools tell their effect by themselves.</summary>
    public static IReadOnlyList<Episode>? Split(Trajectory trajectory)
    {
        var calls = trajectory.Steps.Where(s => s.Source == StepSource.Agent).SelectMany(s => s.Calls).ToList();
        var generic = GenericTools.Among(calls);
        if (calls.Count == 0 || calls.Count(c => generic.ContainsKey(c.Tool)) * LeastShareOfGeneric < calls.Count) return null;
        // A look-up by folder reads files no more than a desk that grants access to one: it takes something that could write code.
        if (!calls.Exists(c => generic.TryGetValue(c.Tool, out var tool) && (tool != GenericTool.Editor || GenericTools.IsGivenContent(c)))) return null;

        var tools = calls.Select(c => c.Tool).ToHashSet(StringComparer.Ordinal);
        var parts = new List<Part> { new() };
        var isOver = true;
        var index = 0;
        foreach (var step in trajectory.Steps)
        {
            // A turn that the user takes while the agent is at work comes from its tools, or belongs to the request that it is at.
            if (step.Source == StepSource.User && isOver && step.Message.Length >= ShortestRequest)
            {
                if (parts[^1].Changes) parts.Add(new());
                parts[^1].Requests.Add(step.Message);
            }
            if (step.Source != StepSource.Agent) continue;
            parts[^1].Hear(step.Number, step.Reasoning);
            parts[^1].Hear(step.Number, step.Message);
            foreach (var call in step.Calls)
            {
                if (!generic.ContainsKey(call.Tool)) parts[^1].Narrate(step.Number, CallReading.SaidIn(call));
                var isHousekeeping = Housekeeping.Is(call, tools);
                parts[^1].Acts.AddRange(CallReading.Read(generic.GetValueOrDefault(call.Tool), call, index++, step.Number).Select(a => isHousekeeping ? a with { IsHousekeeping = true } : a));
            }
            isOver = step.Calls.Count == 0;
        }
        // What changed nothing at the end belongs to what was done before: the user only asked about it.
        if (parts.Count > 1 && !parts[^1].Changes)
        {
            parts[^2].Acts.AddRange(parts[^1].Acts);
            parts.RemoveAt(parts.Count - 1);
        }
        return [.. parts.Where(p => p.Acts.Count > 0).Select(p => p.ToEpisode())];
    }

    /// <summary>What was done, in a few words: what it wrote, and with what. Readable; families are told apart by more than it.</summary>
    public static string LabelOf(IReadOnlyList<CodingAct> acts)
    {
        var made = acts.Where(a => a.Kind == ActKind.Change && a.Name.Split(' ') is ["write" or "edit", _]).Select(a => a.Name)
            .Concat(acts.Where(a => a.Kind == ActKind.Run && a.Code.Length > 0).SelectMany(a => a.Files).Select(f => $"write {FileKind.Of(f)}"))
            .GroupBy(n => n, StringComparer.Ordinal).OrderBy(g => IsScript(g.Key)).ThenByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).Select(g => g.Key).FirstOrDefault();
        var tool = acts.Where(a => a.MayChange && !a.IsIncidental && a.Name != made && !a.Name.StartsWith("write ", StringComparison.Ordinal) && !a.Name.StartsWith("edit ", StringComparison.Ordinal))
            .GroupBy(a => a.Name, StringComparer.Ordinal).OrderBy(g => CommandWords.Interpreters.Contains(g.Key) || CommandWords.HaveNoSubcommand.Contains(g.Key) || g.Key.EndsWith("install", StringComparison.Ordinal)).ThenByDescending(g => g.Count())
            // Of equals the one that the run ends with.
            .ThenByDescending(g => g.Max(a => a.Call)).ThenByDescending(g => g.Key, StringComparer.Ordinal).Select(g => g.Key).FirstOrDefault();
        return (made, tool) switch
        {
            (null, null) => Episode.Answer,
            (null, _) => tool,
            (_, null) => made,
            _ => $"{made} with {tool}",
        };
    }

    private static bool IsScript(string name) => name is "write .py" or "write .sh" or "write .js";

    private sealed class Part
    {
        public List<string> Requests { get; } = [];
        public List<CodingAct> Acts { get; } = [];
        public List<Utterance> Narration { get; } = [];
        public string SaidFirst { get; private set; } = "";

        public bool Changes => Acts.Exists(a => a.MayChange);

        public void Hear(int step, string message)
        {
            if (message.Length == 0) return;
            var said = message.Length <= LongestSaid ? message : message[..LongestSaid];
            Narrate(step, [said]);
            if (SaidFirst.Length == 0 && message.Length >= ShortestRequest) SaidFirst = said;
        }

        public void Narrate(int step, IEnumerable<string> texts) => Narration.AddRange(texts.Take(MostNarration - Narration.Count).Select(t => new Utterance(step, t)));

        public Episode ToEpisode()
        {
            var acts = Acts;
            // Where the run does not show what was asked for, the agent's first words on it do.
            var asked = Requests.Count > 0 ? string.Join("\n", Requests) : SaidFirst;
            var calls = acts.Where(a => !a.IsIncidental && !a.IsHousekeeping).Select((a, i) => new TracedCall(i, a.Step, new ToolCall("", a.Name, [], a.Failed ? a.Result! with { IsError = true } : a.Result), [], [])).ToList();
            return new()
            {
                Effect = LabelOf(acts).Replace(".", "", StringComparison.Ordinal),
                Calls = calls,
                Context = calls,
                Asked = asked,
                Said = Requests,
                Confirmed = false,
                OtherEffects = [],
                FirstStep = acts[0].Step,
                LastStep = acts[^1].Step,
                Coding = new(acts, TaskSketch.Of(asked, acts)) { Narration = Narration },
            };
        }
    }
}
