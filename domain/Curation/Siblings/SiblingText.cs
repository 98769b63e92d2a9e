using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Siblings;

/// <summary>What a sibling says of itself beside what its runs say: whose sibling it is, and for which model.</summary>
public static class SiblingText
{
    public const string VariantOfKey = "variant_of";
    public const string ModelKey = "model";

    private const int LongestSlug = 24;
    private const int LongestName = 64;
    private const int LongestModel = 128;

    /// <summary>The main skill's name with the model's.</summary>
    /// <param name="suffix">What tells it from another of that name.</param>
    public static string NameOf(string main, string model, string suffix)
    {
        var end = $"-for-{SlugOf(model)}{suffix}";
        return main[..Math.Min(main.Length, LongestName - end.Length)].TrimEnd('-') + end;
    }

    /// <summary>The package with the sibling's frontmatter, and its description.</summary>
    public static (SkillDocument Document, VersionContent Content, Package Package) Mark((SkillDocument Document, VersionContent Content, Package Package) composed, string main, string model)
    {
        var document = composed.Document with
        {
            Description = Described(composed.Document.Description, model),
            Metadata = [(VariantOfKey, main), (ModelKey, Shown(model))],
        };
        var package = composed.Package.WithSkillText(document.Markdown());
        return (document, composed.Content with { Description = document.Description, Package = package.Manifest }, package);
    }

    private static string Described(string description, string model)
    {
        var end = $" Only for agents that run on {Prose.Label(model)}.";
        var most = SkillDocument.LongestDescription - end.Length;
        if (description.Length > most) description = description[..(char.IsHighSurrogate(description[most - 2]) ? most - 2 : most - 1)] + "…";
        return description + end;
    }

    private static string Shown(string model) => model.Length <= LongestModel ? model : model[..(char.IsHighSurrogate(model[LongestModel - 1]) ? LongestModel - 1 : LongestModel)];

    // The family of a model, as people say it: without who serves it and of which day it is. Two that come to the same are told apart by what follows.
    private static string SlugOf(string model)
    {
        var words = Names.Words(Shown(model)[(Shown(model).LastIndexOf('/') + 1)..]).ToList();
        var date = words.FindIndex(1 < words.Count ? 1 : 0, w => IsYear(w) || (w.Length == 8 && IsYear(w[..4]) && w.All(char.IsAsciiDigit)));
        var slug = string.Join('-', date > 0 ? words.Take(date) : words);
        if (slug.Length > LongestSlug) slug = slug[..LongestSlug].TrimEnd('-');
        return slug.Length > 0 ? slug : $"model-{Digest.Short(model, 6)}";
    }

    private static bool IsYear(string word) => word.Length == 4 && word.StartsWith("20", StringComparison.Ordinal) && word.All(char.IsAsciiDigit);
}
