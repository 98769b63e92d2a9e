using System.Text.Json;
using Pipeline.Domain.Families;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.Reruns;

/// <summary>Compares what is on record with what curation comes to again, field by field, as the ledger writes them.</summary>
internal static class DecisionComparison
{
    private const int LongestShown = 160;

    public static IEnumerable<FieldDifference> Of(FamilyEvent.CurationDecided recorded, FamilyEvent.CurationDecided again) => Of("", recorded, again);

    /// <summary>The version that a decision made: its event on record, and as it comes out again.</summary>
    public static IEnumerable<FieldDifference> Of(SkillEvent recorded, SkillEvent again)
    {
        var alias = EventCatalogue.Default.AliasOf(recorded);
        return recorded.GetType() == again.GetType()
            ? Of(alias + ".", recorded, again)
            : [new("event", alias, EventCatalogue.Default.AliasOf(again))];
    }

    private static IEnumerable<FieldDifference> Of(string path, ILedgerEvent recorded, ILedgerEvent again) => Of(path, Json(recorded), Json(again));

    // One level down, so that a changed score or file is named and not the whole event.
    private static IEnumerable<FieldDifference> Of(string path, JsonElement recorded, JsonElement again)
    {
        var (before, after) = (Members(recorded), Members(again));
        foreach (var name in before.Keys.Union(after.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var (is_, would) = (before.GetValueOrDefault(name), after.GetValueOrDefault(name));
            if (Text(is_) == Text(would)) continue;
            if (is_.ValueKind == JsonValueKind.Object && would.ValueKind == JsonValueKind.Object)
                foreach (var inner in Of($"{path}{name}.", is_, would)) yield return inner;
            else yield return new(path + name, Shown(is_), Shown(would));
        }
    }

    private static Dictionary<string, JsonElement> Members(JsonElement value) => value.EnumerateObject().ToDictionary(p => p.Name, p => p.Value, StringComparer.Ordinal);

    private static JsonElement Json(ILedgerEvent @event) => JsonSerializer.SerializeToElement(@event, @event.GetType(), LedgerJson.Options);

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.Undefined ? "" : CanonicalJson.Text(value);

    private static string Shown(JsonElement value)
    {
        var text = value.ValueKind == JsonValueKind.String ? value.GetString()! : Text(value);
        return text.Length <= LongestShown ? text : $"{text[..LongestShown]}… ({Digest.Short(text)})";
    }
}

/// <summary>One thing that is not the same.</summary>
/// <param name="Field">Where it stands, such as <c>scores.successes</c> or <c>skill_improved.content.package.digest</c>.</param>
/// <param name="Recorded">Empty where it is not on record.</param>
/// <param name="Rederived">Empty where it does not come out again.</param>
public sealed record FieldDifference(string Field, string Recorded, string Rederived);
