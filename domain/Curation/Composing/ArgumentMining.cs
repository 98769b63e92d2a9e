using System.Text.RegularExpressions;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Composing;

/// <summary>Generalises a tool's arguments: for each, where successful runs took the value from.</summary>
public static partial class ArgumentMining
{
    // A value may be told as such when so many different tasks used it: then it belongs to the job and not to a person.
    private const int TasksOfAnOpenValue = 3;
    private const int MostValuesOfAChoice = 5;
    private const double LeastShareOfASource = 0.2;
    private const double UsualShareOfCalls = 0.7;

    public static IReadOnlyList<ArgumentRule> Mine(string tool, IReadOnlyList<MinedEpisode> successes)
    {
        var seen = successes.SelectMany(e => e.Episode.Calls.Where(c => c.Tool == tool && !c.Failed)
            .SelectMany(c => c.Arguments.Select(a => new Use(e, (e.Id, c.Index), a)))).ToList();
        var calls = seen.Select(u => u.Call).Distinct().Count();
        return [.. seen.GroupBy(u => u.Argument.Path, StringComparer.Ordinal).Select(g =>
            Rule(g.Key, [.. g], sometimes: g.Select(u => u.Call).Distinct().Count() < UsualShareOfCalls * calls))];
    }

    private static ArgumentRule Rule(string path, List<Use> uses, bool sometimes)
    {
        if (Choice(uses) is { } choice) return new(path, [choice], sometimes);
        var sources = uses.GroupBy(u => Generalise(u)).Select(g => (Source: g.Key, Share: (double)g.Count() / uses.Count))
            .Where(g => g.Share >= LeastShareOfASource)
            .OrderByDescending(g => g.Share).ThenBy(g => g.Source.ToString(), StringComparer.Ordinal)
            .Select(g => g.Source).Take(2).ToList();
        // "Or work it out" after a proper source says nothing.
        if (sources.Count == 2 && sources[1] is ArgumentSource.Composed) sources.RemoveAt(1);
        return new(path, sources.Count > 0 ? sources : [new ArgumentSource.Composed()], sometimes);
    }

    private static ArgumentSource Generalise(Use use) => use.Argument.Source switch
    {
        ValueSource.Result r => new ArgumentSource.Result(use.Of.Episode.Context[r.Call].Tool, r.Path),
        var s when s == ValueSource.User => new ArgumentSource.User(),
        _ => new ArgumentSource.Composed(),
    };

    private static ArgumentSource.OneOf? Choice(List<Use> uses)
    {
        var values = uses.GroupBy(u => u.Argument.Value, StringComparer.Ordinal)
            .Select(g => (Value: g.Key, Tasks: g.Select(u => u.Of.Task).Distinct(StringComparer.Ordinal).Count(), Uses: g.Count()))
            .OrderByDescending(v => v.Uses).ThenBy(v => v.Value, StringComparer.Ordinal).ToList();
        var open = values.Where(v => v.Tasks >= TasksOfAnOpenValue && OpenValue().IsMatch(v.Value)).ToList();
        var covered = (double)open.Sum(v => v.Uses) / uses.Count;
        return open.Count is > 0 and <= MostValuesOfAChoice && covered >= 0.8 ? new([.. open.Select(v => v.Value)]) : null;
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9 _./-]{0,39}$", RegexOptions.NonBacktracking)]
    private static partial Regex OpenValue();

    private sealed record Use(MinedEpisode Of, (string Episode, int Index) Call, TracedArgument Argument);
}
