namespace Pipeline.Domain.Curation.Composing.Coding;

/// <summary>What counts as shared: seen in several tasks, so that it belongs to the job and not to one of them, nor to one page that one agent read.</summary>
internal static class Shared
{
    private const int LeastTasks = 2;
    private const double LeastShare = 0.25;

    /// <summary>How many tasks of so many must show a thing.</summary>
    public static int Least(int tasks) => Math.Max(LeastTasks, (int)Math.Ceiling(LeastShare * tasks));

    public static int Tasks(IEnumerable<MinedEpisode> episodes) => episodes.Select(e => e.Task).Distinct(StringComparer.Ordinal).Count();

    /// <summary>Of pairs of a thing and a task: each thing with the number of tasks that show it, where those are enough.</summary>
    public static IReadOnlyDictionary<string, int> Counts(IEnumerable<(string Thing, string Task)> seen, int least) => seen.Distinct()
        .CountBy(s => s.Thing, StringComparer.Ordinal).Where(c => c.Value >= least).ToDictionary(c => c.Key, c => c.Value, StringComparer.Ordinal);
}
