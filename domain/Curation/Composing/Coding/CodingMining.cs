using Pipeline.Domain.Trajectories.Episodes.Coding;
using static Pipeline.Domain.Curation.Composing.Coding.CodingUnits;

namespace Pipeline.Domain.Curation.Composing.Coding;

/// <summary>Aligns coding runs by what they did: the commands and edits that most share, in the order in which they can be worked through, each
/// in its form and with what the agents said they did it for.</summary>
internal static class CodingMining
{
    private const int MostSteps = 20;
    private const int MostChecks = 4;
    private const int MostProduced = 6;
    private const int MostOfOneKind = 3;
    private const int MostOrders = 24;
    private const int MostFacts = 12;
    private const int LeastTasksOfAPurpose = 2;

    public static CodingProcedure Mine(IReadOnlyList<MinedEpisode> successes, CurationPolicy policy)
    {
        var tasks = Shared.Tasks(successes);
        var units = CodingUnits.Of(successes, policy.StepSupport);
        var steps = InOrder(Chosen(units, successes, policy));
        var notes = NarrationMining.Mine(successes);
        var purposes = Purposes(notes, units, steps);
        var left = notes.Where(n => !purposes.ContainsValue(n)).ToList();
        return new()
        {
            Goal = GoalMining.Mine(successes),
            Steps = [.. steps.Select(u => new CodingStep(u.Name, u.Key, u.Uses[0].Act.Kind, u.Uses.Any(x => x.Act.Code.Length > 0), CommandForms.Of([.. u.Uses.Select(x => (x.Act, x.Of.Task))]), SharedFiles(u, tasks),
                (double)Runs(u.Uses) / successes.Count < policy.StepSupport, purposes.TryGetValue(u, out var note) ? note.Text : ""))],
            Produces = Produced(units, tasks),
            Checks = Checks(units, tasks),
            Orders = Best(left.Where(n => n.IsOrder), MostOrders),
            Facts = Best(left.Where(n => !n.IsOrder), MostFacts),
            Code = CodeMining.Mine(successes),
        };
    }

    private static List<Unit> Chosen(IReadOnlyList<Unit> units, IReadOnlyList<MinedEpisode> successes, CurationPolicy policy)
    {
        var tasks = Shared.Tasks(successes);
        var supported = units.Select(u => (Unit: u, Support: (double)Runs(u.Uses) / successes.Count))
            .Where(u => u.Support >= policy.OptionalSupport && (tasks == 1 || Tasks(u.Unit.Uses) > 1))
            // What only looks is worth a line where nearly all look; so is what of a kind is none of its own.
            .Where(u => u.Support >= policy.StepSupport || u.Unit.Uses.Any(x => x.Act.Kind != ActKind.Look))
            .OrderByDescending(u => u.Support).ThenBy(u => u.Unit.Name, StringComparer.Ordinal).ThenBy(u => u.Unit.Key.Length == 0).ThenBy(u => u.Unit.Key, StringComparer.Ordinal).ToList();
        // The rest of a kind says little where the kind has things of its own.
        var named = supported.Where(u => u.Unit.Key.Length > 0).Select(u => u.Unit.Name).ToHashSet(StringComparer.Ordinal);
        return [.. supported.Where(u => u.Unit.Key.Length > 0 || !named.Contains(u.Unit.Name)).GroupBy(u => u.Unit.Name, StringComparer.Ordinal)
            .SelectMany(g => g.Take(CodingStep.IsOfFiles(g.Key) ? MostOfOneKind * 2 : MostOfOneKind)).OrderByDescending(u => u.Support).ThenBy(u => u.Unit.Place).ThenBy(u => u.Unit.Name, StringComparer.Ordinal)
            .ThenBy(u => u.Unit.Key, StringComparer.Ordinal).Take(MostSteps).Select(u => u.Unit)];
    }

    // By place; and where of the runs that do both most do them the other way round, the other way round.
    private static List<Unit> InOrder(List<Unit> units)
    {
        var ordered = units.OrderBy(u => u.Place).ThenBy(u => u.Name, StringComparer.Ordinal).ThenBy(u => u.Key, StringComparer.Ordinal).ToList();
        for (var pass = 0; pass < ordered.Count; pass++)
        {
            var swapped = false;
            for (var i = 0; i + 1 < ordered.Count; i++)
            {
                if (!IsBefore(ordered[i + 1], ordered[i])) continue;
                (ordered[i], ordered[i + 1], swapped) = (ordered[i + 1], ordered[i], true);
            }
            if (!swapped) break;
        }
        return ordered;
    }

    private static bool IsBefore(Unit a, Unit b)
    {
        var both = a.Firsts.Keys.Where(b.Firsts.ContainsKey).ToList();
        var before = both.Count(r => a.Firsts[r] < b.Firsts[r]);
        return before > both.Count(r => a.Firsts[r] > b.Firsts[r]) && before > 1;
    }

    // Of what was said last before something was done, what most tasks said before just that.
    private static Dictionary<Unit, NarrationMining.Note> Purposes(IReadOnlyList<NarrationMining.Note> notes, IReadOnlyList<Unit> units, List<Unit> steps)
    {
        var next = units.SelectMany(u => u.Uses.Select(x => (Unit: u, x.Of.Id, x.Of.Task, x.Act.Step, x.Place))).GroupBy(x => x.Id, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.OrderBy(x => x.Place).ToList(), StringComparer.Ordinal);
        var votes = notes.Where(n => n.IsOrder).SelectMany(n => n.Announced.Where(a => next.ContainsKey(a.Episode))
                .Select(a => next[a.Episode].Find(x => x.Step >= a.Step)).Where(x => x.Unit is not null)
                .GroupBy(x => x.Unit).Select(g => (Note: n, Unit: g.Key, Tasks: g.Select(x => x.Task).Distinct(StringComparer.Ordinal).Count())))
            .Where(v => v.Tasks >= LeastTasksOfAPurpose && v.Tasks * 2 >= v.Note.Announced.Select(a => a.Episode).Distinct(StringComparer.Ordinal).Count() && steps.Contains(v.Unit))
            .OrderByDescending(v => v.Tasks).ThenByDescending(v => v.Note.Worth).ThenBy(v => v.Note.Text, StringComparer.Ordinal).ThenBy(v => v.Unit.Name, StringComparer.Ordinal).ThenBy(v => v.Unit.Key, StringComparer.Ordinal);
        var chosen = new Dictionary<Unit, NarrationMining.Note>(ReferenceEqualityComparer.Instance);
        foreach (var (note, unit, _) in votes)
            if (!chosen.ContainsKey(unit) && !chosen.ContainsValue(note)) chosen.Add(unit, note);
        return chosen;
    }

    private static List<string> Best(IEnumerable<NarrationMining.Note> notes, int most)
    {
        var all = notes.ToList();
        var best = all.OrderByDescending(n => n.Worth).ThenBy(n => n.Text, StringComparer.Ordinal).Take(most).ToHashSet();
        return [.. all.Where(best.Contains).Select(n => n.Text)];
    }

    private static List<string> SharedFiles(Unit unit, int tasks)
    {
        if (unit.Key.Length > 0 && CodingStep.IsOfFiles(unit.Name)) return [unit.Key];
        var names = Shared.Counts(unit.Uses.SelectMany(u => u.Act.Files.Select(f => (FileKind.NameOf(f), u.Of.Task))), Shared.Least(tasks));
        return [.. names.OrderByDescending(n => n.Value).ThenBy(n => n.Key, StringComparer.Ordinal).Take(MostOfOneKind).Select(n => n.Key)];
    }

    // What the runs leave behind; a script that they ran themselves is a means. Many of one kind are told of by their kind.
    private static List<string> Produced(IReadOnlyList<Unit> units, int tasks)
    {
        var uses = units.SelectMany(u => u.Uses).ToList();
        var run = uses.Where(u => u.Act.Kind is ActKind.Run or ActKind.Check).SelectMany(u => u.Act.RunsScript ? u.Act.Files : u.Act.Words.Take(1)).Select(FileKind.NameOf).ToHashSet(StringComparer.Ordinal);
        var written = uses.Where(u => (u.Act.Kind == ActKind.Change && CodingStep.IsOfFiles(u.Act.Name)) || u.Act.Code.Length > 0).SelectMany(u => u.Act.Files.Select(f => (File: FileKind.NameOf(f), u.Of.Task)))
            .Where(f => !run.Contains(f.File) && FileKind.Of(f.File) != FileKind.Plain && IsName(f.File)).ToList();
        var names = Shared.Counts(written, Math.Max(Shared.Least(tasks), (tasks + 1) / 2));
        var many = names.Keys.GroupBy(FileKind.Of, StringComparer.Ordinal).Where(g => g.Count() > MostOfOneKind).Select(g => g.Key).ToHashSet(StringComparer.Ordinal);
        var kinds = Shared.Counts(written.Where(f => !names.ContainsKey(f.File) || many.Contains(FileKind.Of(f.File))).Select(f => ($"<name>{FileKind.Of(f.File)}", f.Task)), Math.Max(2, (tasks + 1) / 2));
        return [.. names.Where(n => !many.Contains(FileKind.Of(n.Key))).Concat(kinds.Where(k => !names.Keys.Any(n => !many.Contains(FileKind.Of(n)) && FileKind.Of(n) == FileKind.Of(k.Key))))
            .OrderByDescending(n => n.Value).ThenBy(n => n.Key, StringComparer.Ordinal).Take(MostProduced).Select(n => n.Key)];
    }

    private static bool IsName(string file) => !file.Any(c => c is '$' or '%' or '{' or '}' or '*' or '<' or '>');

    // Of checks only what says by its answer how things stand.
    private static List<CodingCheck> Checks(IReadOnlyList<Unit> units, int tasks) => [.. units.SelectMany(u => u.Uses).Where(u => u.Act.Kind == ActKind.Check)
        .GroupBy(u => u.Act.Name, StringComparer.Ordinal).Where(g => Tasks(g) >= Shared.Least(tasks))
        .OrderByDescending(g => Tasks(g)).ThenBy(g => g.Key, StringComparer.Ordinal).Take(MostChecks)
        .Select(g => new CodingCheck(g.Key, CommandForms.Of([.. g.Select(u => (u.Act, u.Of.Task))]) is [var form, ..] ? form : g.Key, Answer(g, tasks)))
        .Where(c => c.Answers.Length > 0)];

    // The last time a run asked, it was content with the answer.
    private static string Answer(IEnumerable<Use> uses, int tasks) => Shared.Counts(
            uses.GroupBy(u => u.Of.Id, StringComparer.Ordinal).Select(g => g.MaxBy(u => u.Place)!).Where(u => u.Act.Result is not null)
                .Select(u => (OutcomeText.LineOf(u.Act.Result!.Content), u.Of.Task)).Where(a => a.Item1.Length > 0), Shared.Least(tasks))
        .OrderByDescending(a => a.Value).ThenBy(a => a.Key, StringComparer.Ordinal).Select(a => a.Key).FirstOrDefault() ?? "";
}
