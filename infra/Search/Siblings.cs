namespace Pipeline.Infra.Search;

/// <summary>Skills that are for one model only, among those that are for all: who says which model asks gets the sibling for it in place of
/// the main skill, and who does not say so sees siblings below their main one.</summary>
internal static class Siblings
{
    /// <param name="all">All that the search may find, whichever model asks: none of them stands back for one that it does not.</param>
    /// <param name="model">Empty: it is not told, and nothing is left out.</param>
    /// <returns>What a search for a model may find.</returns>
    public static Func<SkillDocument, bool> For(IEnumerable<SkillDocument> all, string model)
    {
        if (model.Length == 0) return _ => true;
        var replaced = all.Where(d => d.Model == model && d.VariantOf.Length > 0).Select(d => d.VariantOf).ToHashSet(StringComparer.Ordinal);
        return d => d.Model.Length == 0 ? !replaced.Contains(d.SkillId) : d.Model == model;
    }

    /// <summary>The hits in their order, but siblings of a hit right below it.</summary>
    public static IReadOnlyList<(SkillDocument Document, double Score)> BelowTheirMain(IReadOnlyList<(SkillDocument Document, double Score)> found) =>
        BelowTheirMain(found, f => f.Document.SkillId, f => f.Document.VariantOf);

    /// <inheritdoc cref="BelowTheirMain(IReadOnlyList{ValueTuple{SkillDocument, double}})"/>
    public static IReadOnlyList<T> BelowTheirMain<T>(IReadOnlyList<T> found, Func<T, string> id, Func<T, string> variantOf)
    {
        if (found.All(f => variantOf(f).Length == 0)) return found;
        var ids = found.Select(id).ToHashSet(StringComparer.Ordinal);
        var siblings = found.Where(f => ids.Contains(variantOf(f))).ToLookup(variantOf, StringComparer.Ordinal);
        return [.. found.Where(f => !ids.Contains(variantOf(f))).SelectMany(f => siblings[id(f)].Prepend(f))];
    }
}
