namespace Pipeline.Domain.Trajectories.Episodes;

/// <summary>A call that gives the task away, to a person or to another agent, told by its name: <c>transfer_to_human_agents</c>,
/// <c>handoff</c>, <c>escalateToSupervisor</c>.</summary>
/// <remarks>It ends tasks of every kind, so what users said before it tells of all that an agent may not do, and of no job of its own.</remarks>
public static class HandOver
{
    // Who may take over, and what is said of giving something to them. A team or a person may as well be who a thing is sent to.
    private static readonly HashSet<string> s_takers = new(["human", "humans", "operator", "representative", "supervisor", "agent", "agents", "specialist"], StringComparer.Ordinal);
    private static readonly HashSet<string> s_giving = new(["transfer", "delegate", "redirect", "connect"], StringComparer.Ordinal);

    /// <param name="name">Of a tool, or of the skill that was learned for it.</param>
    public static bool IsNamed(string name)
    {
        var words = Names.Words(name).ToList();
        for (var i = 0; i < words.Count; i++)
        {
            if (words[i] is "handoff" or "handover") return true;
            if (words[i] is "escalate" && (i + 1 == words.Count || words[i + 1] is "to")) return true;
            if (words[i] is "hand" && i + 1 < words.Count && words[i + 1] is "off" or "over") return true;
            if (s_giving.Contains(words[i]) && words.Skip(i + 1).Take(3).Any(s_takers.Contains)) return true;
        }
        return false;
    }
}
