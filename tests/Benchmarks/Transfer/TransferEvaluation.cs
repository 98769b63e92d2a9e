using System.Text.Json.Nodes;
using Pipeline.Domain.Curation;
using Pipeline.Infra.Policies;
using Pipeline.Infra.Search;

namespace Pipeline.Benchmarks.Transfer;

/// <summary>Do skills carry over to tasks that they were not learned from? Each task is held out in turn: skills are mined from the runs
/// of all the others, searched for by what the user said, and compared with what every successful run of the held-out task did.</summary>
/// <remarks>What successful runs did stands in for what the task needs: no task definition and no gold is read. Beside the skills found, the
/// nearest successful run of another task reused in full, and those skills that fit best, chosen with the answer in hand.</remarks>
internal sealed class TransferEvaluation(IReadOnlyList<TransferRun> runs, CurationPolicy policy, IReadOnlyDictionary<string, string> taskTexts)
{
    private const int MostSkills = 3;
    private static readonly double[] s_shares = [0.6, 0.7, 0.8];

    private readonly HashSet<string> _vocabulary = runs.SelectMany(r => r.Tools).ToHashSet(StringComparer.Ordinal);
    private readonly OrderedDictionary<(string Query, string Given), List<Score>> _rows = [];

    /// <param name="arguments"><c>[--task-ids FILE] [--policy FILE] [--queries FILE] RESULT-FILE...</c>; queries: <c>{"id", "text"}</c> a line, by task.</param>
    public static int Run(string[] arguments)
    {
        IReadOnlySet<string>? tasks = null;
        List<string> paths = [];
        var policy = new CurationPolicy { Id = "default", Version = 1 };
        Dictionary<string, string> taskTexts = new(StringComparer.Ordinal);
        for (var words = new Queue<string>(arguments); words.TryDequeue(out var word);)
        {
            switch (word)
            {
                case "--task-ids" when words.TryDequeue(out var file):
                    tasks = File.ReadLines(file).Select(line => line.Trim()).ToHashSet(StringComparer.Ordinal);
                    break;
                case "--policy" when words.TryDequeue(out var file):
                    policy = PolicyFile.Parse(File.ReadAllBytes(file));
                    break;
                case "--queries" when words.TryDequeue(out var file):
                    foreach (var query in File.ReadLines(file).Where(line => line.Length > 0).Select(line => JsonNode.Parse(line)!))
                        taskTexts[query["id"]!.GetValue<string>()] = query["text"]!.GetValue<string>();
                    break;
                default:
                    paths.Add(word);
                    break;
            }
        }
        if (paths.Count == 0)
        {
            Console.Error.WriteLine("transfer [--task-ids FILE] [--policy FILE] [--queries FILE] RESULT-FILE...");
            return 2;
        }
        new TransferEvaluation(TransferRun.Read(paths, tasks), policy, taskTexts).Print();
        return 0;
    }

    private void Print()
    {
        var tasks = runs.Where(r => r.Succeeded && r.Tools.Count > 0).GroupBy(r => r.Task, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).ToList();
        foreach (var task in tasks) HoldOut(task.Key, [.. task]);
        Console.WriteLine($"{runs.Count} runs, {tasks.Count} tasks held out in turn\n{"searched by",-20}{"given",-24}{"precision",10}{"recall",10}{"F1",10}{"effects",10}{"characters",12}");
        foreach (var ((query, given), scores) in _rows.OrderBy(r => r.Key.Query, StringComparer.Ordinal)) Console.WriteLine($"{query,-20}{given,-24}{Score.Means(scores)}");
    }

    private void HoldOut(string task, IReadOnlyList<TransferRun> heldOut)
    {
        var rest = runs.Where(r => r.Task != task).ToList();
        var library = new Library(rest, policy, _vocabulary);
        var needed = _vocabulary.Where(tool => heldOut.All(r => r.Tools.Contains(tool))).ToHashSet(StringComparer.Ordinal);
        var effects = needed.Where(heldOut[0].Effects.Contains).ToHashSet(StringComparer.Ordinal);
        var past = rest.Where(r => r.Succeeded).ToDictionary(r => r.Id, StringComparer.Ordinal);
        var pastIndex = new InvertedIndex(past.Values.Select(r => new SkillDocument(r.Id, r.Id, 1, "", "", "", r.Said)));
        foreach (var run in heldOut)
        {
            foreach (var (kind, query) in new[] { ("all that was said", run.Said), ("the first request", run.Request), ("the task's text", taskTexts.GetValueOrDefault(task, "")) })
            {
                if (query.Length == 0) continue;
                void Add(string given, Proposal proposal) => Row(kind, given).Add(Score.Of(proposal, needed, effects, 1.0 / heldOut.Count));
                Add("nearest run in full", Proposal.Union(pastIndex.Search(query, 1).Select(f => new Proposal(past[f.Document.SkillId].Tools, past[f.Document.SkillId].Characters))));
                for (var top = 1; top <= MostSkills; top++) Add($"best {top}", library.Find(query, top));
                foreach (var within in s_shares) Add($"best {MostSkills} within {within:0.0}", library.Find(query, MostSkills, within));
                Add("with the answer in hand", Proposal.Best(library.All, needed, MostSkills));
            }
        }
    }

    private List<Score> Row(string query, string given) => _rows.TryGetValue((query, given), out var row) ? row : _rows[(query, given)] = [];
}
