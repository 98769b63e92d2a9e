using System.Text.Json;

namespace Pipeline.Domain.Trajectories.Input;

/// <summary>Makes a trajectory of a <see cref="EventTypes.Trajectory"/> event.</summary>
/// <remarks>
/// The data is an ATIF document, or an object with it in <c>trajectory</c> and beside it what ATIF has no place for: task,
/// environment, harness, outcome, skills. Members that are not known are left alone; a known one of a wrong type is refused.
/// </remarks>
public static class TrajectoryReader
{
    private const int LongestName = 256;
    private const int MostTools = 256;

    public static Parsed<Trajectory> Read(CloudEvent cloudEvent)
    {
        if (cloudEvent.Type != EventTypes.Trajectory) return new InputError("event-type", $"This is no {EventTypes.Trajectory} event.", "/type");
        var findings = new Findings();
        var data = new Place(cloudEvent.Data, "", findings);
        if (cloudEvent.Data.ValueKind != JsonValueKind.Object)
            return new InputError("wrong-type", "The data of a trajectory event is an object: an ATIF document, or one in \"trajectory\".", "");

        var isBare = data.Member("trajectory") is null && AtifReader.Recognises(cloudEvent.Data);
        var trajectory = AtifReader.Read(isBare ? data : data.RequiredObject("trajectory")) with { Id = cloudEvent.Id, Source = cloudEvent.Source };
        if (!isBare) trajectory = WithEnvelope(trajectory, data);
        return (findings.First ?? TooLong(trajectory)) is { } error ? error : trajectory;
    }

    // Names are copied into every piece of evidence, and tools make families: a name is no place for a text.
    private static InputError? TooLong(Trajectory t)
    {
        (string What, string Value)[] names = [("task", t.Task), ("environment", t.Environment), ("agent's name", t.Agent), ("model's name", t.Model), ("harness", t.Harness)];
        foreach (var (what, value) in names)
            if (value.Length > LongestName || value.Any(char.IsControl)) return new("name-unfit", $"The {what} is longer than {LongestName} characters or has a control character in it. It is a name: shorten it.");
        var tools = t.Steps.SelectMany(s => s.Calls).Select(c => c.Tool).ToHashSet(StringComparer.Ordinal);
        if (tools.Count > MostTools) return new("too-many-tools", $"The run calls more than {MostTools} different tools; a tool's name is not made up anew for each call.");
        return tools.Any(tool => tool.Length > LongestName)
            ? new("name-unfit", $"A tool's name is longer than {LongestName} characters. It is a name: shorten it.")
            : null;
    }

    private static Trajectory WithEnvelope(Trajectory trajectory, Place data) => trajectory with
    {
        Task = data.Text("task") ?? "",
        Environment = data.Text("environment") ?? "",
        Harness = data.Text("harness") ?? "",
        Outcome = data.Object("outcome") is { } outcome ? OutcomeReader.Read(outcome) : Outcome.Unknown,
        SkillUsage = data.Object("skills") is { } skills ? Usage(skills) : SkillUsage.None,
    };

    private static SkillUsage Usage(Place skills) => new(
        References(skills, "available"),
        References(skills, "retrieved"),
        References(skills, "loaded"),
        References(skills, "loadFailed"),
        References(skills, "resourceRead"));

    private static IReadOnlyList<SkillReference> References(Place skills, string fact) => [.. skills.Items(fact).Select(Reference)];

    private static SkillReference Reference(Place skill)
    {
        if (skill.Value.ValueKind == JsonValueKind.String) return new(skill.Value.GetString()!, null, null);
        if (skill.Value.ValueKind != JsonValueKind.Object) skill.WrongType("a skill's name, or an object with name, version and digest");
        var version = skill.Whole("version");
        if (version is < 1 or > int.MaxValue) skill.Member("version")!.Value.WrongType("a version number from 1");
        return new(skill.RequiredText("name"), (int?)version, skill.Text("digest"));
    }
}
