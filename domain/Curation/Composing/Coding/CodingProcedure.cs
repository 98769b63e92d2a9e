using Pipeline.Domain.Trajectories.Episodes.Coding;

namespace Pipeline.Domain.Curation.Composing.Coding;

/// <summary>What successful coding runs of one family have in common.</summary>
public sealed record CodingProcedure
{
    /// <summary>What is asked for, as several tasks ask for it; empty where they have no words in common.</summary>
    public required string Goal { get; init; }

    /// <summary>What is done, as an order without a capital: as it is asked for, else what it leaves behind, else what the agents say most that they do; empty where none is told.</summary>
    public string Job => Goal.Length > 0 ? Goal
        : Produces.Count > 0 ? $"write {Prose.Listed([.. Produces.Take(MostFilesOfAJob).Select(FileLabel)], "and")}"
        : Orders.Concat(Steps.Select(s => s.Purpose)).FirstOrDefault(o => o.Split(' ')[0].ToLowerInvariant() is { Length: > 0 } verb && !Verbs.IsLooking(verb)) is { } order ? char.ToLowerInvariant(order[0]) + order[1..]
        : Steps.FirstOrDefault(s => CodingStep.VerbOf(s.Name) is "change" or "write") is { } step ? $"{CodingStep.VerbOf(step.Name)} {step.Name[(step.Name.IndexOf(' ', StringComparison.Ordinal) + 1)..]} files"
        : "";

    /// <summary>A file that is left behind as it is told of in running text.</summary>
    public static string FileLabel(string file) => file.StartsWith('<') ? $"a {FileKind.Of(file)} file" : Prose.Label(file);

    private const int MostFilesOfAJob = 3;

    /// <summary>In the order in which they can be worked through.</summary>
    public required IReadOnlyList<CodingStep> Steps { get; init; }

    /// <summary>Files that the runs end with: names where several tasks share them, else kinds.</summary>
    public required IReadOnlyList<string> Produces { get; init; }
    public required IReadOnlyList<CodingCheck> Checks { get; init; }

    /// <summary>What the agents say in nearly the same words that is to be done, and that is no step's purpose.</summary>
    public required IReadOnlyList<string> Orders { get; init; }

    /// <summary>What they say in nearly the same words about how things are.</summary>
    public required IReadOnlyList<string> Facts { get; init; }
    public required CodeKnowledge Code { get; init; }

    /// <summary>The runs have nothing in common that is worth a line.</summary>
    public bool IsEmpty => Steps.Count + Checks.Count + Orders.Count + Facts.Count == 0 && Code.IsEmpty;
}

/// <summary>One thing that the runs do.</summary>
/// <param name="Name">As <see cref="CodingAct.Name"/>.</param>
/// <param name="Key">What makes it one of its kind: a file, a script, the form of a command; empty for any of its kind.</param>
/// <param name="Forms">The command with placeholders for what differs, most typical first.</param>
/// <param name="Files">Names of files that several tasks have at this step.</param>
/// <param name="Sometimes">Only some runs do it.</param>
/// <param name="Kind">What kind of thing it is.</param>
/// <param name="HasCode">It is given code.</param>
/// <param name="Purpose">What the agents say that they do it for, as an order; empty where they say nothing in common.</param>
public sealed record CodingStep(string Name, string Key, ActKind Kind, bool HasCode, IReadOnlyList<string> Forms, IReadOnlyList<string> Files, bool Sometimes, string Purpose)
{
    /// <summary>It is about files and not about a program: <c>read .md</c>, <c>edit .py</c>.</summary>
    public static bool IsOfFiles(string name) => VerbOf(name) is not null;

    /// <summary>How people say what it does to files; null of a program.</summary>
    public static string? VerbOf(string name) => name.Split(' ') is [var verb, ['.', ..] or "file"] ? verb switch { "read" => "read", "write" => "write", "edit" => "change", "delete" => "delete", _ => null } : null;
}

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
