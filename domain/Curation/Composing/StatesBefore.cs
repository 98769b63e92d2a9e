using System.Text.RegularExpressions;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Composing;

/// <summary>What the latest look at a thing had shown of its state before a call about it.</summary>
internal static partial class StatesBefore
{
    // What was looked at longer ago no longer tells how things are.
    private const int FarthestLook = 100;

    /// <param name="changing">Tools whose results are no look: the call's own and those that change something.</param>
    /// <returns>Empty where nothing about the same thing was looked at. What came before it may have changed what an older look showed.</returns>
    public static IReadOnlyList<(string Tool, string Path, string Value)> Of(Episode episode, TracedCall call, IReadOnlySet<string> changing)
    {
        var targets = call.Identifiers.ToHashSet(StringComparer.Ordinal);
        if (targets.Count == 0) return [];
        for (var i = call.Index - 1; i >= Math.Max(0, call.Index - FarthestLook); i--)
        {
            var look = episode.Context[i];
            if (look.Failed || look.Step >= call.Step || changing.Contains(look.Tool) || !look.Identifiers.Any(targets.Contains)) continue;
            return [.. look.Result.Where(IsState).Select(f => (look.Tool, f.Path, f.Value)).Distinct()];
        }
        return [];
    }

    // A word that names a state: an id, a price or a sentence is no condition of the job.
    private static bool IsState((string Path, string Value) field) =>
        !field.Path.Contains('[', StringComparison.Ordinal) && !field.Path.Contains('*', StringComparison.Ordinal) && State().IsMatch(field.Value);

    [GeneratedRegex("^[a-zA-Z][a-zA-Z _()-]{1,39}$", RegexOptions.NonBacktracking)]
    private static partial Regex State();
}
