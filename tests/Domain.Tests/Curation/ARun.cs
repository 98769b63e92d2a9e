using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Families;
using Pipeline.Domain.Skills;
using Pipeline.Domain.Trajectories;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Tests.Curation;

/// <summary>Says a run as it happened: <c>ARun.Of("1").User("...").Call("get_loan", new { loan_id = "L-1001" }, new { status = "open" })</c>.
/// A verified success of a task of its own until it says otherwise.</summary>
internal sealed record ARun(string Id)
{
    public IReadOnlyList<Step> Steps { get; private init; } = [];
    public IReadOnlyList<ToolDefinition> Tools { get; private init; } = [];
    public string Task { get; private init; } = "task-" + Id;
    public string Source { get; private init; } = "urn:library";
    public string Environment { get; private init; } = "library";
    public string Shape { get; private init; } = Id;
    public Outcome Outcome { get; private init; } = new(true, 1, VerifiedBy.Verifier);

    public static ARun Of(string id) => new(id);

    public static ARun Of(int number) => new(number.ToString("D3", System.Globalization.CultureInfo.InvariantCulture));

    public ARun User(string says) => Then(StepSource.User, says, []);

    public ARun Agent(string says) => Then(StepSource.Agent, says, []);

    public ARun Call(string tool, object? arguments = null, object? result = null) => Together(Made(tool, arguments, result));

    public ARun Fails(string tool, object? arguments, string error) => Together(Made(tool, arguments, error, isError: true));

    /// <summary>Several calls in one step.</summary>
    public ARun Together(params ToolCall[] calls) => Then(StepSource.Agent, "", calls);

    /// <summary>A step for each.</summary>
    public ARun OneByOne(IEnumerable<ToolCall> calls) =>
        this with { Steps = [.. Steps, .. calls.Select((call, i) => new Step(Steps.Count + 1 + i, StepSource.Agent, "", [call]))] };

    public ARun UserCalls(string tool, object? arguments = null, object? result = null) => Then(StepSource.User, "", [Made(tool, arguments, result)]);

    public ARun Declares(string tool, bool? readOnly) => this with { Tools = [.. Tools, new(tool, "", readOnly)] };

    public ARun ForTask(string task) => this with { Task = task };

    public ARun From(string source) => this with { Source = source };

    public ARun In(string environment) => this with { Environment = environment };

    /// <summary>Runs of one shape are near-duplicates.</summary>
    public ARun Shaped(string shape) => this with { Shape = shape };

    public ARun Failed() => EndedAs(new(false, 0, VerifiedBy.Verifier));

    public ARun EndedAs(Outcome outcome) => this with { Outcome = outcome };

    public static ToolCall Made(string tool, object? arguments = null, object? result = null, bool isError = false) => new(
        "", tool, arguments switch { null => [], JsonObject given => (JsonObject)given.DeepClone(), _ => JsonSerializer.SerializeToNode(arguments)!.AsObject() },
        result is null ? null : new(result as string ?? JsonSerializer.Serialize(result), isError));

    public Trajectory Trajectory => new()
    {
        Id = Id,
        Source = Source,
        Task = Task,
        Environment = Environment,
        Outcome = Outcome,
        Steps = Steps,
        Tools = Tools,
    };

    public DataFlow Flow => DataFlow.Trace(Trajectory);

    public IReadOnlyList<Episode> Episodes => EpisodeSplitter.Split(Trajectory);

    /// <summary>Of every kind.</summary>
    public IReadOnlyList<Episode> AllEpisodes => EpisodeKinds.Of(Trajectory);

    public MinedEpisode Mined(string effect) => Mined(Episodes.Single(e => e.Effect == effect));

    /// <summary>As evidence for a plan.</summary>
    public MinedEpisode MinedPlan() => Mined(AllEpisodes.Single(e => e.Kind == SkillKind.Plan));

    /// <summary>As evidence for a tool that failed and was got over.</summary>
    public MinedEpisode MinedTool(string tool) => Mined(AllEpisodes.Single(e => e.Kind == SkillKind.Atomic && e.Effect == tool));

    public MinedEpisode Mined(Episode episode)
    {
        return new(new()
        {
            EvidenceId = "e-" + Id,
            TrajectoryId = "t-" + Id,
            Source = Source,
            Task = Task,
            Model = "m",
            FirstStep = episode.FirstStep,
            LastStep = episode.LastStep,
            Outcome = Outcome,
            Sketch = new([.. episode.Calls.Select(c => c.Tool)], episode.Calls.Count, 0, Shape),
            Loaded = [],
            Taint = [],
        }, episode);
    }

    private ARun Then(StepSource source, string says, IReadOnlyList<ToolCall> calls) => this with { Steps = [.. Steps, new(Steps.Count + 1, source, says, calls)] };
}

/// <summary>The runs that these tests learn from: a librarian renews loans.</summary>
internal static class Library
{
    public const string Renew = "renew_loan";

    /// <summary>Looks the reader up, looks the loan up, asks, renews.</summary>
    public static ARun Renewal(int number, string findBy = "find_reader")
    {
        var (reader, loan) = ($"R-{1000 + number}", $"L-{7000 + number}");
        return ARun.Of(number).User($"Hello, please renew my borrowed novel, loan {loan}; my card is K-{500 + number}")
            .Call(findBy, new { card = $"K-{500 + number}" }, new { reader_id = reader, name = $"Reader{(char)('a' + number % 26)}{(char)('a' + number / 26)}" })
            .Call("get_loan", new { loan_id = loan, reader_id = reader }, new { loan_id = loan, status = "borrowed", title = $"Novel {number}" })
            .Agent("I will renew it for 14 days. Shall I?").User("Yes")
            .Call(Renew, new { loan_id = loan, period = "two weeks" }, new { loan_id = loan, status = "renewed" });
    }

    public static IReadOnlyList<MinedEpisode> Renewals(int count, int from = 1) => [.. Enumerable.Range(from, count).Select(n => Renewal(n).Mined(Renew))];

    /// <summary>Another way to renew: checks for fines, and does not look the reader up.</summary>
    public static IReadOnlyList<MinedEpisode> Fined(int count) => [.. Enumerable.Range(60, count).Select(n => FinedRenewal(n).Mined(Renew))];

    public static ARun FinedRenewal(int n) => ARun.Of(n).User($"Please renew the loan L-{7000 + n} for me")
        .Call("get_loan", new { loan_id = $"L-{7000 + n}" }, new { status = "borrowed" }).Call("check_fines", new { loan_id = $"L-{7000 + n}" }, "none at all")
        .Call(Renew, new { loan_id = $"L-{7000 + n}", period = "two weeks" }, new { status = "renewed" });
}
