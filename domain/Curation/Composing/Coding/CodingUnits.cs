using Pipeline.Domain.Trajectories.Episodes.Coding;

namespace Pipeline.Domain.Curation.Composing.Coding;

/// <summary>Takes the acts of several runs as the same thing done: reading the same file, running the same script, the same form of a command.
/// Of one kind (<c>python</c>, <c>read .md</c>) there are several, each with a place of its own in the work.</summary>
internal static class CodingUnits
{
    /// <summary>Acts that did something for the job, by what they did; each unit in the order of the runs.</summary>
    /// <param name="often">Share of the runs from which on a thing of a kind is one of its own.</param>
    public static IReadOnlyList<Unit> Of(IReadOnlyList<MinedEpisode> successes, double often)
    {
        var least = Shared.Least(Shared.Tasks(successes));
        var units = new List<Unit>();
        foreach (var kind in successes.SelectMany(e => e.Episode.Coding!.Acts.Select((act, place) => new Use(e, act, place)))
            .Where(u => !u.Act.IsIncidental && !u.Act.IsHousekeeping && !u.Act.Failed).GroupBy(u => u.Act.Name, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var uses = kind.ToList();
            var keys = KeysOf(uses);
            var own = keys.Zip(uses).Where(x => x.First.Length > 0).GroupBy(x => x.First, StringComparer.Ordinal)
                .Where(g => Tasks(g.Select(x => x.Second)) >= least && Runs(g.Select(x => x.Second)) >= often * successes.Count).Select(g => g.Key).ToHashSet(StringComparer.Ordinal);
            units.AddRange(keys.Zip(uses).GroupBy(x => own.Contains(x.First) ? x.First : "", StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => new Unit(kind.Key, g.Key, [.. g.Select(x => x.Second)])));
        }
        return units;
    }

    public static int Tasks(IEnumerable<Use> uses) => uses.Select(u => u.Of.Task).Distinct(StringComparer.Ordinal).Count();

    public static int Runs(IEnumerable<Use> uses) => uses.Select(u => u.Of.Id).Distinct(StringComparer.Ordinal).Count();

    // A file's name, a script's, or the form of the command; empty where a kind is not taken apart.
    private static IReadOnlyList<string> KeysOf(List<Use> uses)
    {
        var forms = CommandForms.Each([.. uses.Select(u => (u.Act, u.Of.Task))]);
        return [.. uses.Select((u, i) => (u.Act.RunsScript || CodingStep.IsOfFiles(u.Act.Name)) && u.Act.Files.Count > 0 ? FileKind.NameOf(u.Act.Files[0]) : u.Act.Kind == ActKind.Look ? "" : forms[i])];
    }

    /// <summary>One act of one run.</summary>
    /// <param name="Place">Among the run's acts, from 0.</param>
    internal sealed record Use(MinedEpisode Of, CodingAct Act, int Place);

    /// <param name="Key">What makes it one of its kind; empty for the rest of a kind.</param>
    internal sealed record Unit(string Name, string Key, IReadOnlyList<Use> Uses)
    {
        /// <summary>The place at which each run first does it, as a share of the run.</summary>
        public IReadOnlyDictionary<string, double> Firsts { get; } = Uses.GroupBy(u => u.Of.Id, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => (double)g.Min(u => u.Place) / g.First().Of.Episode.Coding!.Acts.Count, StringComparer.Ordinal);

        /// <summary>The median of these; of an even number the lower, so that no sum is needed.</summary>
        public double Place { get; } = Uses.GroupBy(u => u.Of.Id, StringComparer.Ordinal)
            .Select(g => (double)g.Min(u => u.Place) / g.First().Of.Episode.Coding!.Acts.Count).Order().ToList() is var places ? places[(places.Count - 1) / 2] : 0;
    }
}
