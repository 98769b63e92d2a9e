using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Validation.Platform;

/// <summary>Reads <see cref="EventTypes.ValidationResult"/> events: <c>{"job","token","packageDigest","blocked"?,"pairs":[{"task","model","with":{"success","tokens"?},"without":{...}}]}</c>.</summary>
public static class TrialReader
{
    /// <summary>More pairs than this are refused: a message holds no more.</summary>
    public const int MostPairs = 500;

    private const int LongestName = 100;
    private const int LongestReason = 500;
    private const long MostTokens = 1_000_000_000;

    public static Parsed<PlatformTrial> Read(CloudEvent cloudEvent)
    {
        if (cloudEvent.Type != EventTypes.ValidationResult) return new InputError("event-type", $"This is no {EventTypes.ValidationResult} event.", "/type");
        var findings = new Findings();
        var data = new Place(cloudEvent.Data, "", findings);
        var blocked = data.Text("blocked") ?? "";
        var trial = new PlatformTrial(
            Named(data, "job"), Named(data, "token"), Named(data, "packageDigest"), blocked.Length <= LongestReason ? blocked : blocked[..LongestReason],
            [.. data.Objects("pairs").Take(MostPairs + 1).Select(Pair)]);
        if (trial.Pairs.Count > MostPairs) data.Refuse("too-many-pairs", $"At most {MostPairs} pairs are taken; leave some out, by chance.");
        if (blocked.Length == 0 && trial.Pairs.Count == 0) data.Refuse("missing-field", "There are no pairs, and no reason in blocked.");
        return findings.First is { } error ? error : trial;
    }

    private static TrialPair Pair(Place pair) => new(Named(pair, "task"), Named(pair, "model"), Run(pair.RequiredObject("with")), Run(pair.RequiredObject("without")));

    private static TrialRun Run(Place run)
    {
        var (success, tokens) = (run.Flag("success"), run.Whole("tokens"));
        if (success is null) run.Refuse("missing-field", "This is required: success, true or false.");
        if (tokens is < 0 or > MostTokens) run.Refuse("out-of-range", "Tokens are from 0 to a thousand million.");
        return new(success ?? false, tokens);
    }

    private static string Named(Place place, string name)
    {
        var text = place.RequiredText(name);
        if (text.Length > LongestName) place.Refuse("too-long", $"{name} has at most {LongestName} characters.");
        return text;
    }
}
