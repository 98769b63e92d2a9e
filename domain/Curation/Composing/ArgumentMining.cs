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
    private const int MostArguments = 16;
    private const double AsGoodAsAlways = 0.98;
    private const int TasksOfARule = 8;

    public static IReadOnlyList<ArgumentRule> Mine(string tool, IReadOnlyList<MinedEpisode> successes)
    {
        var seen = successes.SelectMany(e => e.Episode.Calls.Where(c => c.Tool == tool && !c.Failed)
            .SelectMany(c => c.Arguments.Select((a, place) => new Use(e, (e.Id, c.Index), place, a)))).ToList();
        var calls = seen.Select(u => u.Call).Distinct().Count();
        var tasks = Tasks(seen);
        return [.. seen.GroupBy(u => u.Argument.Path, StringComparer.Ordinal)
            // What one task of several has is that task's: a key may be a name.
            .Where(g => tasks == 1 || Tasks(g) > 1)
            .OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).Take(MostArguments)
            // As callers write them; a sum of whole numbers is the same in every order.
            .OrderBy(g => (double)g.Sum(u => u.Place) / g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => Rule(g.Key, [.. g], sometimes: g.Select(u => u.Call).Distinct().Count() < UsualShareOfCalls * calls))];
    }

    private static ArgumentRule Rule(string path, List<Use> uses, bool sometimes)
    {
        if (Choice(uses) is { } choice) return new(path, [choice], sometimes);
        var tasks = Tasks(uses);
        var sources = uses.GroupBy(Generalise).Select(g => (Source: tasks > 1 && Tasks(g) == 1 ? WithoutPath(g.Key) : g.Key, Uses: g.Count()))
            .GroupBy(g => g.Source).Select(g => (Source: g.Key, Share: (double)g.Sum(s => s.Uses) / uses.Count))
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

    private static ArgumentSource WithoutPath(ArgumentSource source) => source is ArgumentSource.Result result ? result with { Path = "" } : source;

    private static int Tasks(IEnumerable<Use> uses) => uses.Select(u => u.Of.Task).Distinct(StringComparer.Ordinal).Count();

    private static ArgumentSource.OneOf? Choice(List<Use> uses)
    {
        // What a look-up returned is a thing's own value, and one value that users say is theirs: neither is a choice of the job's.
        if (uses.Count(u => u.Argument.Source is ValueSource.Result) * 2 >= uses.Count) return null;
        var isSaid = uses.Count(u => u.Argument.Source == ValueSource.User) * 2 >= uses.Count;
        var values = uses.GroupBy(u => u.Argument.Value, StringComparer.Ordinal)
            .Select(g => (Value: g.Key, Tasks: Tasks(g), Uses: g.Count()))
            .OrderByDescending(v => v.Uses).ThenBy(v => v.Value, StringComparer.Ordinal).ToList();
        var open = values.Where(v => v.Tasks >= TasksOfAnOpenValue && OpenValue().IsMatch(v.Value) && !(isSaid && char.IsAsciiLetterUpper(v.Value[0]))).ToList();
        if (isSaid && open.Count == 1) return null;
        var covered = (double)open.Sum(v => v.Uses) / uses.Count;
        return open.Count is > 0 and <= MostValuesOfAChoice && covered >= 0.8
            ? new([.. open.Select(v => v.Value)], Usually: covered < AsGoodAsAlways || Tasks(uses) < TasksOfARule)
            : null;
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9 _./-]{0,39}$", RegexOptions.NonBacktracking)]
    private static partial Regex OpenValue();

    private sealed record Use(MinedEpisode Of, (string Episode, int Index) Call, int Place, TracedArgument Argument);
}
