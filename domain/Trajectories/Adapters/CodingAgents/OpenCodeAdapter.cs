using System.Text.Json;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Trajectories.Adapters.CodingAgents;

/// <summary>opencode's sessions: its stored records one after the other (projects, sessions, messages, the parts of messages), or what
/// its export writes, <c>{info, messages[{info, parts[]}]}</c>.</summary>
public sealed class OpenCodeAdapter : ITrajectoryAdapter
{
    public string Name => "opencode";

    public bool Recognises(JsonElement root) => IsExport(root) || AdaptedEvent.HasPart(root, RecognisesPart);

    public bool RecognisesPart(JsonElement line) => line.Has("sessionID", JsonValueKind.String) && (line.Has("messageID", JsonValueKind.String) || line.Has("role", JsonValueKind.String));

    public IEnumerable<Parsed<CloudEvent>> Read(JsonElement root, AdapterOptions options)
    {
        var records = new OpenCodeRecords();
        foreach (var record in IsExport(root) ? Exported(root) : root.EnumerateArray()) records.Add(record);
        foreach (var session in records.Sessions)
        {
            var facts = session.Facts(records.ProjectOf(session));
            if (options.Keeps(facts.Task)) yield return RunEvent.Of(facts, session.Draft(), options, "");
        }
    }

    private static bool IsExport(JsonElement root) =>
        root.Has("messages", JsonValueKind.Array) && root.Has("info", JsonValueKind.Object)
        && root.Items("messages").FirstOrDefault() is var first && first.Has("parts", JsonValueKind.Array) && first.Has("info", JsonValueKind.Object);

    private static IEnumerable<JsonElement> Exported(JsonElement root)
    {
        yield return root.Member("info");
        foreach (var message in root.Items("messages"))
        {
            yield return message.Member("info");
            foreach (var part in message.Items("parts")) yield return part;
        }
    }
}
