using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Pipeline.Domain.Trajectories.Input;

/// <summary>The context attributes of a CloudEvent (CloudEvents 1.0, 3.1): their rules, and the event made of them.</summary>
internal static partial class EventAttributes
{
    private const int MaxCount = 64;
    private const int MaxNameLength = 64;
    private const int MaxIdentityLength = 512;
    private const int MaxValueLength = 2048;

    private static readonly string[] Defined = ["id", "source", "type", "specversion", "time", "subject", "datacontenttype", "dataschema"];

    public static Parsed<CloudEvent> Build(Dictionary<string, string> attributes, JsonElement data)
    {
        if (Fault(attributes) is { } fault) return fault;
        var time = attributes.GetValueOrDefault("time");
        return new CloudEvent
        {
            Id = attributes["id"],
            Source = attributes["source"],
            Type = attributes["type"],
            Time = time is null ? null : Timestamp(time),
            Subject = attributes.GetValueOrDefault("subject"),
            DataContentType = attributes.GetValueOrDefault("datacontenttype"),
            DataSchema = attributes.GetValueOrDefault("dataschema"),
            Extensions = attributes.Where(a => !Defined.Contains(a.Key)).ToDictionary(StringComparer.Ordinal),
            Data = data,
        };
    }

    /// <summary>The structured form of an event.</summary>
    public static JsonObject Structured(CloudEvent cloudEvent)
    {
        var json = new JsonObject { ["specversion"] = "1.0", ["id"] = cloudEvent.Id, ["source"] = cloudEvent.Source, ["type"] = cloudEvent.Type };
        if (cloudEvent.Time is { } time) json["time"] = time.ToString("O", CultureInfo.InvariantCulture);
        if (cloudEvent.Subject is { } subject) json["subject"] = subject;
        json["datacontenttype"] = cloudEvent.DataContentType ?? "application/json";
        if (cloudEvent.DataSchema is { } schema) json["dataschema"] = schema;
        foreach (var (name, value) in cloudEvent.Extensions.OrderBy(e => e.Key, StringComparer.Ordinal)) json[name] = value;
        json["data"] = JsonSerializer.SerializeToNode(cloudEvent.Data);
        return json;
    }

    private static InputError? Fault(Dictionary<string, string> attributes)
    {
        if (attributes.Count > MaxCount) return Attribute($"The event has more than {MaxCount} attributes.");
        if (attributes.Keys.Any(name => name.Length is 0 or > MaxNameLength || !name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c))))
            return Attribute($"An attribute's name is not made of 1 to {MaxNameLength} lower-case letters and digits.");
        if (attributes.Values.Any(value => value.Length > MaxValueLength)) return Attribute($"An attribute is longer than {MaxValueLength} characters.");
        if (attributes.Values.Any(value => value.Any(char.IsControl))) return Attribute("An attribute has a control character in it.");

        var version = attributes.GetValueOrDefault("specversion");
        if (version is null) return Missing("specversion");
        if (version != "1.0") return new("cloudevents-version", "This version of CloudEvents is not known here. Send specversion 1.0.", "/specversion");
        foreach (var name in new[] { "id", "source", "type" })
        {
            if (string.IsNullOrWhiteSpace(attributes.GetValueOrDefault(name))) return Missing(name);
            if (attributes[name].Length > MaxIdentityLength) return Attribute($"This is longer than {MaxIdentityLength} characters.", $"/{name}");
        }

        if (!EventTypes.Known.Contains(attributes["type"]))
            return new("event-type", $"This type of event is not known here. Known: {string.Join(", ", EventTypes.Known)}.", "/type");
        return attributes.TryGetValue("time", out var time) && Timestamp(time) is null
            ? Attribute("This is not a time as RFC 3339 writes it: 2026-01-31T12:00:00Z.", "/time")
            : null;
    }

    private static InputError Missing(string name) => new("missing-field", "This attribute is required and must not be empty.", $"/{name}");

    private static InputError Attribute(string message, string? pointer = null) => new("cloudevents-attribute", message, pointer);

    private static DateTimeOffset? Timestamp(string text) =>
        Rfc3339().Match(text) is { Success: true } match
        && DateTimeOffset.TryParse($"{match.Groups["seconds"]}{match.Groups["fraction"]}{match.Groups["zone"]}", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time
            : null;

    // A tick is 100 ns: some emitters write nanoseconds, and the digits beyond the seventh are let go.
    [GeneratedRegex(@"^(?<seconds>\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?<fraction>\.\d{1,7})?\d*(?<zone>[Zz]|[+-]\d\d:\d\d)$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Rfc3339();
}
