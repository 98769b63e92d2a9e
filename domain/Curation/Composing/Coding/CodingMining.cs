using Pipeline.Domain.Trajectories.Episodes.Coding;

namespace Pipeline.Domain.Curation.Composing.Coding;

/// <summary>Aligns coding runs by what they did: the commands and edits that most share, in their usual order, each in its form.</summary>
internal static class CodingMining
{
    private const int MostSteps = 16;
    private const int MostFiles = 6;
    private const int MostChecks = 4;
    private const int MostProduced = 8;

    public static CodingProcedure Mine(IReadOnlyList<MinedEpisode> successes, CurationPolicy policy)
    {
        var uses = successes.SelectMany(e => e.Episode.Coding!.Acts.Select((act, place) => new Use(e, act, place))).ToList();
        return new()
        {
            Steps = Steps(uses, successes, policy),
            Produces = Produced(uses, Shared.Tasks(successes)),
            Checks = Checks(uses, Shared.Tasks(successes)),
            Notes = NarrationMining.Mine(successes),
            Code = CodeMining.Mine(successes),
        };
    }

    private static List<CodingStep> Steps(List<Use> uses, IReadOnlyList<MinedEpisode> successes, CurationPolicy policy)
    {
        var tasks = Shared.Tasks(successes);
        var groups = uses.Where(u => !u.Act.IsIncidental && !u.Act.Failed).GroupBy(u => u.Act.Name, StringComparer.Ordinal)
            .Select(g => (g.Key, Uses: g.ToList(), Support: (double)g.Select(u => u.Of.Id).Distinct(StringComparer.Ordinal).Count() / successes.Count))
            .Where(g => g.Support >= policy.OptionalSupport && (tasks == 1 || Tasks(g.Uses) > 1))
            // What only looks is worth a line where nearly all look.
            .Where(g => g.Support >= policy.StepSupport || g.Uses.Exists(u => u.Act.Kind != ActKind.Look))
            .OrderByDescending(g => g.Support).ThenBy(g => g.Key, StringComparer.Ordinal).Take(MostSteps)
            .OrderBy(g => Place(g.Uses)).ThenBy(g => g.Key, StringComparer.Ordinal).ToList();
        return [.. groups.Select(g => new CodingStep(
            g.Key, CommandForms.Of([.. g.Uses.Select(u => (u.Act, u.Of.Task))]), SharedFiles(g.Uses, tasks), g.Support < policy.StepSupport))];
    }

    // 0 is the first thing a run does and 1 the last, by first use; sorted, since a sum of fractions depends on the order.
    private static double Place(List<Use> uses) => uses.GroupBy(u => u.Of.Id, StringComparer.Ordinal)
        .Select(g => (double)g.Min(u => u.Place) / g.First().Of.Episode.Coding!.Acts.Count).Order().Average();

    private static List<string> SharedFiles(List<Use> uses, int tasks)
    {
        var names = Shared.Counts(uses.SelectMany(u => u.Act.Files.Select(f => (FileKind.NameOf(f), u.Of.Task))), Shared.Least(tasks));
        return [.. names.OrderByDescending(n => n.Value).ThenBy(n => n.Key, StringComparer.Ordinal).Take(MostFiles).Select(n => n.Key)];
    }

    // What the runs leave behind; a script that they ran themselves is a means.
    private static List<string> Produced(List<Use> uses, int tasks)
    {
        var run = uses.Where(u => u.Act.Kind is ActKind.Run or ActKind.Check).SelectMany(u => u.Act.RunsScript ? u.Act.Files : u.Act.Words.Take(1)).Select(FileKind.NameOf).ToHashSet(StringComparer.Ordinal);
        var written = uses.Where(u => u.Act.Kind == ActKind.Change || u.Act.Code.Length > 0).SelectMany(u => u.Act.Files.Select(f => (File: FileKind.NameOf(f), u.Of.Task)))
            .Where(f => !run.Contains(f.File) && FileKind.Of(f.File) != FileKind.Plain).ToList();
        var names = Shared.Counts(written, Shared.Least(tasks));
        var kinds = Shared.Counts(written.Where(f => !names.ContainsKey(f.File)).Select(f => ($"<name>{FileKind.Of(f.File)}", f.Task)), Math.Max(2, (tasks + 1) / 2));
        return [.. names.Concat(kinds).OrderByDescending(n => n.Value).ThenBy(n => n.Key, StringComparer.Ordinal).Take(MostProduced).Select(n => n.Key)];
    }

    private static List<CodingCheck> Checks(List<Use> uses, int tasks) => [.. uses.Where(u => u.Act.Kind == ActKind.Check && !u.Act.Failed)
        .GroupBy(u => u.Act.Name, StringComparer.Ordinal).Where(g => Tasks(g) >= Shared.Least(tasks))
        .OrderByDescending(g => Tasks(g)).ThenBy(g => g.Key, StringComparer.Ordinal).Take(MostChecks)
        .Select(g => new CodingCheck(g.Key, CommandForms.Of([.. g.Select(u => (u.Act, u.Of.Task))]) is [var form, ..] ? form : g.Key, Answer(g, tasks)))];

    // The last time a run asked, it was content with the answer.
    private static string Answer(IEnumerable<Use> uses, int tasks) => Shared.Counts(
            uses.GroupBy(u => u.Of.Id, StringComparer.Ordinal).Select(g => g.MaxBy(u => u.Place)!).Where(u => u.Act.Result is not null)
                .Select(u => (LastLine(u.Act.Result!.Content), u.Of.Task)).Where(a => a.Item1.Length > 0), Shared.Least(tasks))
        .OrderByDescending(a => a.Value).ThenBy(a => a.Key, StringComparer.Ordinal).Select(a => a.Key).FirstOrDefault() ?? "";

    private static string LastLine(string output)
    {
        var end = output.AsSpan().TrimEnd();
        var line = end[(end.LastIndexOf('\n') + 1)..];
        return Prose.ErrorText(line.ToString(), []) is var text && text.Any(char.IsLetter) ? text : "";
    }

    private static int Tasks(IEnumerable<Use> uses) => uses.Select(u => u.Of.Task).Distinct(StringComparer.Ordinal).Count();

    private sealed record Use(MinedEpisode Of, CodingAct Act, int Place);
}
