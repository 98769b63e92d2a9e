namespace Pipeline.Domain.Curation.Composing.Coding;

/// <summary>What successful coding runs of one family have in common.</summary>
public sealed record CodingProcedure
{
    /// <summary>In the order in which they are usually done first.</summary>
    public required IReadOnlyList<CodingStep> Steps { get; init; }

    /// <summary>Files that the runs end with: names where several tasks share them, else kinds.</summary>
    public required IReadOnlyList<string> Produces { get; init; }
    public required IReadOnlyList<CodingCheck> Checks { get; init; }

    /// <summary>What the agents say in nearly the same words about what they do and why.</summary>
    public required IReadOnlyList<string> Notes { get; init; }
    public required CodeKnowledge Code { get; init; }
}

/// <summary>One kind of thing that the runs do.</summary>
/// <param name="Name">As <see cref="Trajectories.Episodes.Coding.CodingAct.Name"/>.</param>
/// <param name="Forms">The command with placeholders for what differs, most typical first.</param>
/// <param name="Files">Names of files that several tasks have at this step.</param>
/// <param name="Sometimes">Only some runs do it.</param>
public sealed record CodingStep(string Name, IReadOnlyList<string> Forms, IReadOnlyList<string> Files, bool Sometimes);

/// <summary>How the runs found out that they were right.</summary>
/// <param name="Answers">A line of the output that several tasks saw where it went well; empty where none recurs.</param>
public sealed record CodingCheck(string Name, string Form, string Answers);

/// <summary>What recurs in the code that several tasks ran or wrote.</summary>
/// <param name="Imports">Lines that bring in a library.</param>
/// <param name="Lines">In the order in which they usually stand; what differs between tasks is <c>…</c>.</param>
/// <param name="Written">The same of what was written that is no code: the form of a report, of a reply.</param>
/// <param name="Names">Functions and members that no line above shows.</param>
/// <param name="Values">Texts and numbers that no line above shows.</param>
public sealed record CodeKnowledge(IReadOnlyList<string> Imports, IReadOnlyList<string> Lines, IReadOnlyList<string> Written, IReadOnlyList<string> Names, IReadOnlyList<string> Values)
{
    public bool IsEmpty => Imports.Count + Lines.Count + Written.Count + Names.Count + Values.Count == 0;
}
