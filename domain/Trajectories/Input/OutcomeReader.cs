namespace Pipeline.Domain.Trajectories.Input;

/// <summary>A later verdict on a run.</summary>
/// <param name="Source">The run's source is the verdict's own.</param>
/// <param name="TrajectoryId">The id that the run's CloudEvent had.</param>
public sealed record OutcomeVerdict(string Source, string TrajectoryId, Outcome Outcome, string Reason);

/// <summary>Reads <see cref="EventTypes.Outcome"/> events: <c>{"trajectory": id, "outcome": {...}, "reason"}</c>.</summary>
public static class OutcomeReader
{
    public static Parsed<OutcomeVerdict> Read(CloudEvent cloudEvent)
    {
        if (cloudEvent.Type != EventTypes.Outcome) return new InputError("event-type", $"This is no {EventTypes.Outcome} event.", "/type");
        var findings = new Findings();
        var data = new Place(cloudEvent.Data, "", findings);
        var verdict = new OutcomeVerdict(cloudEvent.Source, data.RequiredText("trajectory"), Read(data.RequiredObject("outcome")), data.Text("reason") ?? "");
        return findings.First is { } error ? error : verdict;
    }

    /// <summary><c>{"success": bool?, "reward": number?, "verifiedBy": "verifier|human|self|unknown"}</c>; who is not named is unknown.</summary>
    internal static Outcome Read(Place outcome) => new(outcome.Flag("success"), outcome.Number("reward"), By(outcome));

    private static VerifiedBy By(Place outcome)
    {
        switch (outcome.Text("verifiedBy"))
        {
            case null or "unknown": return VerifiedBy.Unknown;
            case "self": return VerifiedBy.Self;
            case "human": return VerifiedBy.Human;
            case "verifier": return VerifiedBy.Verifier;
            default:
                outcome.Member("verifiedBy")!.Value.WrongType("verifier, human, self or unknown");
                return VerifiedBy.Unknown;
        }
    }
}
