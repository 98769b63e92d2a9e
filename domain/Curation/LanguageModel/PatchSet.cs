using System.Text.Json;

namespace Pipeline.Domain.Curation.LanguageModel;

/// <summary>What a model wants changed in a draft: other texts for some sections, and perhaps another description.</summary>
/// <param name="Description">Null: the draft's stays.</param>
public sealed record PatchSet(string? Description, IReadOnlyList<SectionPatch> Patches)
{
    private const int MostPatches = 8;
    private const int LongestContent = 64 * 1024;
    private static readonly string[] s_members = ["description", "patches", "rationale"];
    private static readonly string[] s_patchMembers = ["section", "text"];

    /// <returns>The patches, or null and what is wrong: a member too many or too few is as wrong as no JSON at all.</returns>
    public static (PatchSet? Patches, string Problem) Read(string content)
    {
        if (content.Length > LongestContent) return (null, $"the answer has more than {LongestContent} characters");
        try
        {
            using var json = JsonDocument.Parse(content, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            return Read(json.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return (null, "the answer is not JSON, or says something twice");
        }
    }

    private static (PatchSet? Patches, string Problem) Read(JsonElement root)
    {
        if (!HasOnly(root, s_members)) return (null, "the answer is no object with description, patches and rationale alone");
        if (!root.TryGetProperty("patches", out var list) || list.ValueKind != JsonValueKind.Array) return (null, "the answer has no list of patches");
        if (list.GetArrayLength() > MostPatches) return (null, $"the answer has more than {MostPatches} patches");
        var patches = new List<SectionPatch>();
        foreach (var patch in list.EnumerateArray())
        {
            if (!HasOnly(patch, s_patchMembers) || Text(patch, "section") is not { } section || Text(patch, "text") is not { } text)
                return (null, "a patch is no object with section and text alone");
            patches.Add(new(section, text));
        }
        if (patches.DistinctBy(p => p.Section, StringComparer.Ordinal).Count() < patches.Count) return (null, "two patches are for one section");
        var hasDescription = root.TryGetProperty("description", out var description) && description.ValueKind != JsonValueKind.Null;
        if (hasDescription && description.ValueKind != JsonValueKind.String) return (null, "the description is no text");
        return (new(hasDescription ? description.GetString() : null, patches), "");
    }

    private static bool HasOnly(JsonElement value, string[] members) =>
        value.ValueKind == JsonValueKind.Object && value.EnumerateObject().All(m => members.Contains(m.Name, StringComparer.Ordinal));

    private static string? Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;
}

/// <param name="Text">The section's whole text from now on, without its heading.</param>
public sealed record SectionPatch(string Section, string Text);
