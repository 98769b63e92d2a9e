namespace Pipeline.Domain.Curation;

/// <summary>When a family is looked at: a function of how much evidence it has, never of how messages happened to arrive.</summary>
public static class DecisionPoints
{
    /// <param name="evidenceEvents">How many evidence events the family's stream has.</param>
    public static bool Includes(int evidenceEvents, CurationPolicy policy)
    {
        var point = policy.MinSuccesses;
        while (point < evidenceEvents) point = Math.Max(point + 1, (int)Math.Floor(point * policy.Growth));
        return point == evidenceEvents;
    }
}
