namespace Pipeline.Domain.Trajectories.Episodes.Coding;

public enum ActKind
{
    /// <summary>Looked at something.</summary>
    Look,

    /// <summary>Called a tool of a kind of its own among generic ones.</summary>
    Use,

    /// <summary>Ran something of which nobody can say from outside whether it changes anything.</summary>
    Run,

    /// <summary>Changed files, packages, a repository.</summary>
    Change,

    /// <summary>Found out whether something is right: tests, linters, validators.</summary>
    Check,
}

/// <summary>One thing done with a generic tool, under a name that says what was done and not by which tool: <c>git commit</c>,
/// <c>edit .py</c>, <c>python</c>. One call of a shell is several.</summary>
public sealed record CodingAct
{
    /// <summary>The call's place among the agent's calls, from 0.</summary>
    public required int Call { get; init; }

    /// <summary>The step's number.</summary>
    public required int Step { get; init; }
    public required string Name { get; init; }
    public required ActKind Kind { get; init; }

    /// <summary>The command's words from the program on, or what else the call was given; capped.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Files read (<see cref="ActKind.Look"/>) or written, as they were named; capped.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Code that was run or written; empty where there is none.</summary>
    public string Code { get; init; } = "";

    /// <summary>An interpreter that was given a script, which <see cref="Files"/> names.</summary>
    public bool RunsScript { get; init; }

    /// <summary>Comes and goes with every run, and says nothing about the task: <c>ls</c>, <c>echo</c>.</summary>
    public bool IsIncidental { get; init; }

    /// <summary>Serves the program that the agent runs in, or its account of what it is about, and not the job: a list of things to do, a search for tools.</summary>
    public bool IsHousekeeping { get; init; }

    /// <summary>What the call gave back, at the act that the call was made for; null at the others.</summary>
    public ToolResult? Result { get; init; }

    /// <summary>The call failed, and this is the act that it was made for.</summary>
    public bool Failed { get; init; }

    /// <summary>Something may be another afterwards.</summary>
    public bool MayChange => Kind is ActKind.Change or ActKind.Run;
}
