using System.Text.Json.Nodes;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;

namespace Pipeline.Domain.Curation.LanguageModel;

/// <summary>What a model is given to work on: the miner's draft, the text that stands, and excerpts of the runs. All of it is data.</summary>
public static class Material
{
    /// <summary>UTF-16 units of JSON for the excerpts.</summary>
    private const int MostOfRuns = 20_000;
    private const int LongestCurrent = 12_000;

    /// <summary>The headings that an answer may have sections for: those of the draft, and those that a skill may have besides.</summary>
    public static IReadOnlyList<string> HeadingsOf(SkillDraft draft) =>
        [.. draft.Sections.Select(s => s.Heading).Concat([SkillWriter.ChecksSection, SkillWriter.PitfallsSection]).Distinct(StringComparer.Ordinal)];

    /// <returns>Canonical JSON, between two lines that nobody who wrote a part of it could have known.</returns>
    public static string Of(string environment, string effect, SkillDraft draft, string description, string currentText, IReadOnlyList<MinedEpisode> episodes)
    {
        var successes = episodes.Count(e => e.Succeeded);
        var json = new JsonObject
        {
            ["environment"] = Prose.Label(environment),
            ["effect"] = Prose.Code(effect),
            ["draft"] = new JsonObject { ["description"] = description, ["sections"] = SectionsOf(draft.Sections) },
            ["evidence"] = new JsonObject
            {
                ["succeeded"] = successes,
                ["failed"] = episodes.Count - successes,
                ["runs"] = RunExcerpts.Of(episodes, MostOfRuns),
            },
        };
        if (currentText.Length is > 0 and <= LongestCurrent) json["standing"] = SectionsOf(SkillDocument.SectionsOf(currentText));
        var text = CanonicalJson.Text(json);
        var mark = Digest.Short(text, 16);
        return $"<data {mark}>\n{text}\n</data {mark}>";
    }

    private static JsonArray SectionsOf(IReadOnlyList<SkillSection> sections) =>
        [.. sections.Select(s => (JsonNode)new JsonObject { ["section"] = s.Heading, ["text"] = s.Text })];
}
