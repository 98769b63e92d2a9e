using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories;

namespace Pipeline.Functions.Console;

/// <summary>Steps of a run on one page, with how much of each text is shown: a run can be as long as whoever emitted it liked.</summary>
public sealed class ShownSteps
{
    public const int OnAPage = 40;

    /// <summary>In how many ways episodes are marked, by turns.</summary>
    public const int Marks = 4;

    private const int MostOfAText = 8_000, MostOfAPage = 200_000, MostCalls = 60, OneLine = 100;

    private int left = MostOfAPage;

    private ShownSteps(Trajectory run, int page)
    {
        (Pages, All) = (Math.Max(1, (run.Steps.Count + OnAPage - 1) / OnAPage), run.Steps.Count);
        Page = Math.Clamp(page, 1, Pages);
        Steps = [.. run.Steps.Skip((Page - 1) * OnAPage).Take(OnAPage).Select(Shown)];
    }

    public IReadOnlyList<ShownStep> Steps { get; }
    public int Page { get; }
    public int Pages { get; }
    public int All { get; }

    /// <param name="page">From 1; null: the one that has the step.</param>
    /// <param name="step">As the emitter counts.</param>
    public static ShownSteps Of(Trajectory run, long? page, long? step)
    {
        if (page is { } asked) return new(run, (int)Math.Min(asked, int.MaxValue));
        var place = step is null ? 0 : run.Steps.TakeWhile(s => s.Number < step).Count();
        return new(run, (place / OnAPage) + 1);
    }

    private ShownStep Shown(Step step) => new(
        step.Number, step.Source, Cut(step.Message), Cut(step.Reasoning),
        [.. step.Calls.Take(MostCalls).Select(c => new ShownCall(c.Tool, Cut(Written(c.Arguments)), c.Result is { } result ? Cut(result.Content) : null, c.Result?.IsError == true))],
        step.Calls.Count);

    // On a line where there is room.
    private static string Written(JsonObject arguments)
    {
        if (arguments.Count == 0) return "";
        var line = arguments.ToJsonString(LedgerJson.Options);
        return line.Length <= OneLine ? line : arguments.ToJsonString(LedgerJson.Indented);
    }

    private CutText Cut(string text)
    {
        var most = Math.Min(MostOfAText, left);
        left -= Math.Min(most, text.Length);
        return new(text, most);
    }

    /// <param name="AtMost">How much of it is shown.</param>
    public sealed record CutText(string Text, int AtMost);

    /// <param name="AllCalls">How many there are, be it that not all are shown.</param>
    public sealed record ShownStep(int Number, StepSource Source, CutText Message, CutText Reasoning, IReadOnlyList<ShownCall> Calls, int AllCalls);

    /// <param name="Result">Null where the run does not show it.</param>
    public sealed record ShownCall(string Tool, CutText Arguments, CutText? Result, bool IsError);
}
