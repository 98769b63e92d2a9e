using System.Text.RegularExpressions;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Composing;

/// <summary>Finds what holds before the effect (by contrast with things that were looked at and left alone) and what holds after it.</summary>
public static partial class ConditionMining
{
    private const int LeastTasks = 5;
    private const int LeastTasksOfACheck = 3;
    private const int LeastContrast = 4;
    private const double AlmostAlways = 0.9;
    private const double NotAlways = 0.75;
    private const int MostRules = 3;

    /// <summary>A field that nearly always has one value where the effect was done, and often another where it was not.</summary>
    public static IReadOnlyList<FieldRule> Preconditions(string effect, IReadOnlyList<MinedEpisode> successes)
    {
        var used = new List<(Field Field, string Task)>();
        var unused = new List<Field>();
        foreach (var (success, episode) in successes.Select(e => (e, e.Episode)))
        {
            var targets = episode.EffectCalls.Where(c => !c.Failed).SelectMany(c => c.Identifiers).ToHashSet(StringComparer.Ordinal);
            var firstEffect = episode.EffectCalls.Select(c => c.Index).DefaultIfEmpty(int.MaxValue).First();
            foreach (var read in episode.Context.Where(c => c.Index < firstEffect && c.Tool != effect && !c.Failed && c.Identifiers.Any()))
            {
                if (read.Identifiers.Any(targets.Contains)) used.AddRange(Fields(read).Select(f => (f, success.Task)));
                else unused.AddRange(Fields(read));
            }
        }
        var contrast = unused.ToLookup(f => (f.Tool, f.Path));
        return [.. used.GroupBy(u => (u.Field.Tool, u.Field.Path))
            .Select(g => (g.Key, Most: MostCommon(g)))
            .Where(g => g.Most.Share >= AlmostAlways && g.Most.Tasks >= LeastTasks)
            .Select(g => (g.Key, g.Most, Elsewhere: contrast[g.Key].ToList()))
            .Where(g => g.Elsewhere.Count >= LeastContrast && ShareOf(g.Elsewhere, g.Most.Value) <= NotAlways)
            .OrderBy(g => ShareOf(g.Elsewhere, g.Most.Value)).ThenBy(g => g.Key.Path, StringComparer.Ordinal).ThenBy(g => g.Key.Tool, StringComparer.Ordinal).Take(MostRules)
            .Select(g => new FieldRule(g.Key.Tool, g.Key.Path, g.Most.Value))];
    }

    /// <summary>What the effect's own result shows when it worked: a field that was different when last read, or one constant text.</summary>
    public static IReadOnlyList<FieldRule> Checks(string effect, IReadOnlyList<MinedEpisode> successes)
    {
        var results = successes.SelectMany(e => e.Episode.EffectCalls.Where(c => !c.Failed && c.Call.Result is not null)
            .Select(c => (Call: c, e.Task, Before: LastReadBefore(e.Episode, c)))).ToList();
        return [.. results.SelectMany(r => Fields(r.Call).Select(f => (Field: f, r.Task, Changed: r.Before.GetValueOrDefault(f.Path) != f.Value)))
            .GroupBy(f => f.Field.Path, StringComparer.Ordinal)
            .Select(g => (Path: g.Key, Most: MostCommon(g.Select(f => (f.Field, f.Task))), Present: (double)g.Count() / results.Count, Changed: (double)g.Count(f => f.Changed) / g.Count()))
            .Where(g => g.Present >= AlmostAlways && g.Most.Share >= AlmostAlways && g.Most.Tasks >= LeastTasksOfACheck && g.Changed >= AlmostAlways && g.Most.Value is not ("true" or "false" or ""))
            .OrderBy(g => g.Path, StringComparer.Ordinal).Take(MostRules)
            .Select(g => new FieldRule(effect, g.Path, g.Most.Value))];
    }

    // Fields by path as the latest read of the same thing showed them.
    private static Dictionary<string, string> LastReadBefore(Episode episode, TracedCall effect)
    {
        var targets = effect.Identifiers.ToHashSet(StringComparer.Ordinal);
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var read in episode.Context.Where(c => c.Index < effect.Index && c.Tool != effect.Tool && !c.Failed && c.Identifiers.Any(targets.Contains)))
            foreach (var field in Fields(read)) fields[field.Path] = field.Value;
        return fields;
    }

    // Only words that name a state: an id, a price, a name or a sentence is no condition of the job.
    private static IEnumerable<Field> Fields(TracedCall call) => call.Result
        .Where(f => !f.Path.Contains('[', StringComparison.Ordinal) && !f.Path.Contains('*', StringComparison.Ordinal) && State().IsMatch(f.Value))
        .Select(f => new Field(call.Tool, f.Path, f.Value));

    // Tasks: how many of them show the value. One that many runs of one task show may be somebody's.
    private static (string Value, double Share, int Tasks) MostCommon(IEnumerable<(Field Field, string Task)> fields)
    {
        var all = fields.ToList();
        var most = all.GroupBy(f => f.Field.Value, StringComparer.Ordinal).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).First();
        return (most.Key, (double)most.Count() / all.Count, most.Select(f => f.Task).Distinct(StringComparer.Ordinal).Count());
    }

    private static double ShareOf(List<Field> fields, string value) => (double)fields.Count(f => f.Value == value) / fields.Count;

    [GeneratedRegex("^[a-zA-Z][a-zA-Z _()-]{1,39}$", RegexOptions.NonBacktracking)]
    private static partial Regex State();

    private sealed record Field(string Tool, string Path, string Value);
}
