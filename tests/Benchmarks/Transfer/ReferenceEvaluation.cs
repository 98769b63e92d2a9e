using System.Text.Json.Nodes;
using Pipeline.Domain.Curation;
using Pipeline.Domain.Trajectories.Episodes;
using Pipeline.Infra.Search;

namespace Pipeline.Benchmarks.Transfer;

/// <summary>A task as its authors state it. What is learned from never holds any of this.</summary>
/// <param name="Actions">The tools of one reference way to solve it.</param>
internal sealed record TaskDefinition(string Id, string Text, IReadOnlySet<string> Actions)
{
    /// <summary>A list of <c>{id, user_scenario: {instructions}, evaluation_criteria: {actions: [{name}]}}</c>.</summary>
    public static IReadOnlyList<TaskDefinition> Read(string path) => [.. JsonNode.Parse(File.ReadAllText(path))!.AsArray().Select(task => Of(task!))];

    private static TaskDefinition Of(JsonNode task)
    {
        var told = task["user_scenario"]!["instructions"]!;
        var text = told is JsonValue plain ? plain.GetValue<string>() : $"{told["reason_for_call"]} {told["task_instructions"]}";
        var actions = task["evaluation_criteria"]?["actions"]?.AsArray().Select(a => a!["name"]!.GetValue<string>()) ?? [];
        return new(task["id"]!.ToString(), text, actions.ToHashSet(StringComparer.Ordinal));
    }
}

/// <summary>The same, against the reference actions: each task is held out in turn, searched for by its own text, and compared with the
/// tools of its reference solution. With test ids, nothing is learned from any of them, and only they are asked for.</summary>
/// <remarks>Some result files number their tasks in an order of their own. A file whose runs mostly speak of another task than the one they
/// are numbered as has its runs numbered by what was said in them, so that a held-out task's own runs are not among what is reused.</remarks>
internal sealed class ReferenceEvaluation(IReadOnlyList<TransferRun> runs, CurationPolicy policy, IReadOnlyList<TaskDefinition> tasks)
{
    private readonly InvertedIndex _texts = new(tasks.Select(t => new SkillDocument(t.Id, t.Id, 1, "", "", "", t.Text)));

    public void Print(IReadOnlySet<string>? testIds, IReadOnlySet<string>? askedIds)
    {
        var numbered = runs.GroupBy(r => r.Source, StringComparer.Ordinal).SelectMany(source => Numbered(source.Key, [.. source])).ToList();
        var vocabulary = numbered.SelectMany(r => r.Tools).Concat(tasks.SelectMany(t => t.Actions)).ToHashSet(StringComparer.Ordinal);
        var asked = tasks.Where(t => t.Actions.Count > 0 && (askedIds ?? testIds)?.Contains(t.Id) != false).ToList();
        var learned = numbered.Where(r => testIds?.Contains(r.Task) != true).ToList();
        var whole = testIds is null ? null : new Library(learned, policy, vocabulary);
        var table = new ScoreTable();
        foreach (var task in asked)
        {
            var rest = learned.Where(r => r.Task != task.Id).ToList();
            var effects = task.Actions.Where(a => ToolEffects.ChangesSomething(a, []) && !HandOver.IsNamed(a)).ToHashSet(StringComparer.Ordinal);
            foreach (var (given, proposal) in Candidates.Of(task.Text, new(rest), whole ?? new(rest, policy, vocabulary), task.Actions))
                table.Add("the task's text", given, Score.Of(proposal, task.Actions, effects, 1));
        }
        Console.WriteLine($"{learned.Count} runs learned from, {asked.Count} tasks asked for");
        table.Print();
    }

    private List<TransferRun> Numbered(string source, List<TransferRun> of)
    {
        var told = of.ConvertAll(r => r with { Task = _texts.Search(r.Said, 1) is [var nearest, ..] ? nearest.Document.SkillId : r.Task });
        var same = of.Zip(told).Count(pair => pair.First.Task == pair.Second.Task);
        if (same * 2 >= of.Count) return of;
        Console.WriteLine($"{source}: {same} of {of.Count} runs speak of the task that they are numbered as; numbered by what was said.");
        return told;
    }
}
