namespace Pipeline.Domain.Curation.Composing.Plans;

/// <summary>Finds what tells which effect a thing needs: a field, as last read before, with one value for one effect and another for others.</summary>
internal static class ChoiceMining
{
    // A value that so many tasks show belongs to the job and not to a person.
    private const int LeastTasks = 3;
    private const double LeastShare = 0.9;
    private const int MostChoices = 2;

    public static IReadOnlyList<Choice> Mine(IReadOnlyList<string> effects, IReadOnlyList<PlanRun> successes)
    {
        var seen = successes.SelectMany(run => run.Done.Where(d => effects.Contains(d.Key, StringComparer.Ordinal))
            .SelectMany(d => StatesBefore.Of(run.Of.Episode, d.Value.Calls[0], run.Effects).Select(f => (Field: f, Effect: d.Key, run.Task)))).ToList();
        return [.. seen.GroupBy(s => (s.Field.Tool, s.Field.Path))
            .Select(field => new Choice(field.Key.Tool, field.Key.Path, [.. field.GroupBy(s => s.Effect, StringComparer.Ordinal)
                .Select(effect => (Effect: effect.Key, Value: ValueOf([.. effect.Select(s => (s.Field.Value, s.Task))])))
                .Where(e => e.Value.Length > 0)
                .GroupBy(e => e.Value, StringComparer.Ordinal).OrderBy(v => v.Key, StringComparer.Ordinal)
                .Select(v => (v.Key, (IReadOnlyList<string>)[.. v.Select(e => e.Effect).OrderBy(e => Place(effects, e))]))]))
            .Where(c => c.Values.Count > 1)
            .OrderByDescending(c => c.Values.Sum(v => v.Effects.Count)).ThenBy(c => c.Values.Count)
            .ThenBy(c => c.Path, StringComparer.Ordinal).ThenBy(c => c.Tool, StringComparer.Ordinal).Take(MostChoices)];
    }

    private static int Place(IReadOnlyList<string> effects, string effect) => effects.TakeWhile(e => e != effect).Count();

    private static string ValueOf(List<(string Value, string Task)> values)
    {
        var most = values.GroupBy(v => v.Value, StringComparer.Ordinal).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).First();
        return most.Count() >= LeastShare * values.Count && most.Select(v => v.Task).Distinct(StringComparer.Ordinal).Count() >= LeastTasks ? most.Key : "";
    }
}
