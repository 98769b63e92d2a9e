using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Adapters;
using Pipeline.Domain.Trajectories.Episodes;
using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Benchmarks;

/// <summary>How much of what people call the key points of a coding task a skill says that was mined from the task's other sessions, beside
/// one of these sessions itself. The points grade only; nothing is learned from them.</summary>
internal static class KeyPointsBenchmark
{
    private static readonly CurationPolicy s_policy = new() { Id = "keypoints", Version = 1 };

    public static int Run(string folder, string? show)
    {
        var tasks = Directory.GetDirectories(folder).Order(StringComparer.Ordinal)
            .Select(task => new GradedTask(Path.GetFileName(task), [.. Directory.GetDirectories(task).Order(StringComparer.Ordinal).SelectMany(Sessions)]))
            .Where(t => t.Sessions.Count > 1).ToList();
        Console.WriteLine($"Covered: {KeyPoints.Share:P0} of a point's content words within {KeyPoints.Window} words. foreign: points of the next task, a control.");
        Console.WriteLine("| task | sessions | points | mined | characters | per 1,000 | foreign | raw | characters | per 1,000 | foreign | raw without guides |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|---|");
        var (mined, raw, bare, rows) = (new Tally(), new Tally(), new Tally(), 0);
        foreach (var (task, foreign) in tasks.Select((t, i) => (t, tasks[(i + 1) % tasks.Count])))
        {
            var (m, r, b) = (new Tally(), new Tally(), new Tally());
            for (var i = 0; i < task.Sessions.Count; i++)
            {
                var others = task.Sessions.Where((_, j) => j != i).ToList();
                var points = task.Sessions[i].Points;
                var control = foreign.Sessions[i % foreign.Sessions.Count].Points;
                var text = MinedFrom(others);
                if (show == task.Name && i == 0) Console.WriteLine(text);
                m.Add(text, points, control);
                r.Add(RawOf(task.Sessions[(i + 1) % task.Sessions.Count].Run, withGuides: true), points, control);
                b.Add(RawOf(task.Sessions[(i + 1) % task.Sessions.Count].Run, withGuides: false), points, control);
            }
            Console.WriteLine($"| {task.Name} | {task.Sessions.Count} | {m.Points} | {m} | {r} | {b.Share:0.000} |");
            (mined, raw, bare, rows) = (mined + m, raw + r, bare + b, rows + 1);
        }
        Console.WriteLine($"| all {rows} | {tasks.Sum(t => t.Sessions.Count)} | {mined.Points} | {mined} | {raw} | {bare.Share:0.000} |");
        Families(tasks);
        return 0;
    }

    // Which families the sessions form when they come one after the other, task by task in turn.
    private static void Families(List<GradedTask> tasks)
    {
        var inTurn = tasks.SelectMany(t => t.Sessions.Select((s, i) => (Task: t.Name, Session: s, i))).OrderBy(s => s.i).ThenBy(s => s.Task, StringComparer.Ordinal).ToList();
        foreach (var threshold in (double[])[0.25, 0.3, 0.35, 0.4, 0.45, 0.5])
        {
            var (state, families) = (EnvironmentLeaders.None, new List<(string Family, string Task)>());
            foreach (var (task, session, _) in inTurn)
            {
                foreach (var episode in EpisodeSplitter.Split(session.Run).Where(e => e.Coding is not null))
                {
                    var decision = (Domain.Ledger.Decision.Accepted)EnvironmentDecider.Decide(
                        new("all", session.Run.Id, episode.Effect, episode.Coding!.Sketch, threshold, null), state);
                    var assigned = (EnvironmentEvent.EpisodeAssigned)decision.Events[0];
                    state = EnvironmentLeaders.Evolve(state, assigned);
                    families.Add((assigned.FamilyId, task));
                }
            }
            var pure = families.GroupBy(f => f.Family).Sum(g => g.GroupBy(f => f.Task).Max(t => t.Count()));
            var whole = families.GroupBy(f => f.Task).Sum(g => g.GroupBy(f => f.Family).Max(t => t.Count()));
            Console.WriteLine($"threshold {threshold:0.00}: {families.Select(f => f.Family).Distinct().Count()} families of {families.Count} episodes; "
                + $"{(double)pure / families.Count:0.00} are in a family of their task, {(double)whole / families.Count:0.00} of a task's in one family");
        }
    }

    private static string MinedFrom(List<GradedSession> sessions)
    {
        var episodes = sessions.SelectMany(s => EpisodeSplitter.Split(s.Run).Where(e => e.Coding is not null).Select(e => new MinedEpisode(EvidenceOf(s, e), e))).ToList();
        return episodes.Count == 0 ? "" : SkillWriter.Write("mined", Miner.Mine("coding", episodes[0].Episode.Effect, episodes, s_policy)).Markdown();
    }

    // The sessions come with no verdict: for this measure somebody looked at them and found them good.
    private static FamilyEvent.EvidenceAdmitted EvidenceOf(GradedSession session, Episode episode) => new()
    {
        EvidenceId = $"{session.Name}-{episode.FirstStep}",
        TrajectoryId = session.Name,
        Source = session.Run.Source,
        Task = session.Name,
        Model = session.Run.Model,
        FirstStep = episode.FirstStep,
        LastStep = episode.LastStep,
        Outcome = new(true, null, VerifiedBy.Human),
        Sketch = new([], 0, 0, session.Name),
        Loaded = [],
        Taint = [],
    };

    private static string RawOf(Trajectory run, bool withGuides)
    {
        var text = new StringBuilder();
        foreach (var step in run.Steps.Where(s => withGuides || s.Source == StepSource.Agent))
        {
            text.AppendLine(step.Reasoning).AppendLine(step.Message);
            foreach (var call in step.Calls) text.Append(call.Tool).Append(' ').AppendLine(string.Join(' ', call.Arguments.Select(a => $"{a.Key}: {a.Value}"))).AppendLine(call.Result?.Content);
        }
        return text.ToString();
    }

    private static IEnumerable<GradedSession> Sessions(string folder)
    {
        var points = Directory.GetFiles(folder, "*-key-points*.json").Order(StringComparer.Ordinal)
            .SelectMany(file => JsonDocument.Parse(File.ReadAllBytes(file)).RootElement.EnumerateArray().Select(p => p.GetProperty("key_point").GetString()!)).ToList();
        foreach (var file in Directory.GetFiles(folder, "*.jsonl.gz"))
        {
            using var packed = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
            using var bytes = new MemoryStream();
            packed.CopyTo(bytes);
            foreach (var parsed in AdapterCatalogue.Read(bytes.ToArray(), null, new() { Source = "urn:keypoints" }))
            {
                if (parsed.Try(out var read, out var error) && TrajectoryReader.Read(read).Try(out var run, out error)) yield return new(Path.GetFileName(folder), run, points);
                else Console.Error.WriteLine($"{Path.GetFileName(folder)}: {error!.Message}");
            }
        }
    }

    private sealed record GradedTask(string Name, IReadOnlyList<GradedSession> Sessions);

    private sealed record GradedSession(string Name, Trajectory Run, IReadOnlyList<string> Points);

    private sealed record Tally
    {
        public int Points { get; private set; }
        public double Share => Points == 0 ? 0 : (double)Covered / Points;

        private int Covered { get; set; }
        private int Foreign { get; set; }
        private int ForeignCovered { get; set; }
        private long Characters { get; set; }
        private int Texts { get; set; }

        public void Add(string text, IReadOnlyList<string> points, IReadOnlyList<string> control)
        {
            var stems = KeyPoints.Stems(text);
            (Points, Covered) = (Points + points.Count, Covered + points.Count(p => KeyPoints.Covers(stems, p)));
            (Foreign, ForeignCovered) = (Foreign + control.Count, ForeignCovered + control.Count(p => KeyPoints.Covers(stems, p)));
            (Characters, Texts) = (Characters + text.Length, Texts + 1);
        }

        public static Tally operator +(Tally a, Tally b) => new()
        {
            Points = a.Points + b.Points,
            Covered = a.Covered + b.Covered,
            Foreign = a.Foreign + b.Foreign,
            ForeignCovered = a.ForeignCovered + b.ForeignCovered,
            Characters = a.Characters + b.Characters,
            Texts = a.Texts + b.Texts,
        };

        public override string ToString()
        {
            var characters = (double)Characters / Math.Max(1, Texts);
            return $"{Share:0.000} | {characters:N0} | {(characters == 0 ? 0 : 1000 * Share / characters):0.000} | {(Foreign == 0 ? 0 : (double)ForeignCovered / Foreign):0.000}";
        }
    }
}
