using System.Text.Json.Nodes;
using Pipeline.Domain.Curation;
using Pipeline.Infra.Policies;

namespace Pipeline.Benchmarks.Transfer;

/// <summary>Do skills carry over to tasks that they were not learned from? Each task is held out in turn: skills are mined from the runs
/// of all the others, searched for by what the user said, and compared with what every successful run of the held-out task did.</summary>
/// <remarks>What successful runs did stands in for what the task needs: no task definition and no gold is read. Beside the skills found, the
/// nearest successful run of another task reused in full, and those skills that fit best, chosen with the answer in hand.</remarks>
internal sealed class TransferEvaluation(IReadOnlyList<TransferRun> runs, CurationPolicy policy, IReadOnlyDictionary<string, string> taskTexts)
{
    private readonly HashSet<string> _vocabulary = runs.SelectMany(r => r.Tools).ToHashSet(StringComparer.Ordinal);
    private readonly ScoreTable _table = new();

    /// <param name="arguments"><c>[--task-ids FILE] [--policy FILE] [--queries FILE | --tasks FILE [--test-ids FILE] [--ask-ids FILE]] RESULT-FILE...</c>; queries:
    /// <c>{"id", "text"}</c> a line, by task; tasks: definitions with reference actions, which only the scoring reads.</param>
    public static int Run(string[] arguments)
    {
        IReadOnlySet<string>? tasks = null;
        List<string> paths = [];
        var policy = new CurationPolicy { Id = "default", Version = 1 };
        Dictionary<string, string> taskTexts = new(StringComparer.Ordinal);
        IReadOnlyList<TaskDefinition> definitions = [];
        IReadOnlySet<string>? testIds = null, askedIds = null;
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
                case "--tasks" when words.TryDequeue(out var file):
                    definitions = TaskDefinition.Read(file);
                    break;
                case "--test-ids" when words.TryDequeue(out var file):
                    testIds = File.ReadLines(file).Select(line => line.Trim()).ToHashSet(StringComparer.Ordinal);
                    break;
                case "--ask-ids" when words.TryDequeue(out var file):
                    askedIds = File.ReadLines(file).Select(line => line.Trim()).ToHashSet(StringComparer.Ordinal);
                    break;
                default:
                    paths.Add(word);
                    break;
            }
        }
        if (paths.Count == 0)
        {
            Console.Error.WriteLine("transfer [--task-ids FILE] [--policy FILE] [--queries FILE | --tasks FILE [--test-ids FILE] [--ask-ids FILE]] RESULT-FILE...");
            return 2;
        }
        var runs = TransferRun.Read(paths, tasks);
        if (definitions.Count > 0) new ReferenceEvaluation(runs, policy, definitions).Print(testIds, askedIds);
        else new TransferEvaluation(runs, policy, taskTexts).Print();
        return 0;
    }

    private void Print()
    {
        var tasks = runs.Where(r => r.Succeeded && r.Tools.Count > 0).GroupBy(r => r.Task, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal).ToList();
        foreach (var task in tasks) HoldOut(task.Key, [.. task]);
        Console.WriteLine($"{runs.Count} runs, {tasks.Count} tasks held out in turn");
        _table.Print();
    }

    private void HoldOut(string task, IReadOnlyList<TransferRun> heldOut)
    {
        var rest = runs.Where(r => r.Task != task).ToList();
        var library = new Library(rest, policy, _vocabulary);
        var needed = _vocabulary.Where(tool => heldOut.All(r => r.Tools.Contains(tool))).ToHashSet(StringComparer.Ordinal);
        var effects = needed.Where(heldOut[0].Effects.Contains).ToHashSet(StringComparer.Ordinal);
        var past = new PastRuns(rest);
        foreach (var run in heldOut)
        {
            foreach (var (kind, query) in new[] { ("all that was said", run.Said), ("the first request", run.Request), ("the task's text", taskTexts.GetValueOrDefault(task, "")) })
            {
                if (query.Length == 0) continue;
                foreach (var (given, proposal) in Candidates.Of(query, past, library, needed)) _table.Add(kind, given, Score.Of(proposal, needed, effects, 1.0 / heldOut.Count));
            }
        }
    }
}
