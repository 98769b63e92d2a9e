using System.Globalization;
using Pipeline.Domain.Releases;
using Pipeline.Domain.Skills.Tiers;
using Pipeline.Functions.Cli.Api;

namespace Pipeline.Functions.Cli.Commands.Release;

/// <summary>Releases for people: a table of aliases on STDOUT, and what came of it on STDERR.</summary>
internal static class ReleaseLines
{
    public static void Show(Terminal terminal, ReleaseAnswer answer)
    {
        terminal.Data(Table(answer));
        LeftOut(terminal, answer);
        if (!answer.Changed)
        {
            terminal.Say($"Nothing changed: release {Short(answer.Release)} stands on {answer.Stage} already.");
            return;
        }
        if (answer.Before is { } before && before.Release != answer.Release) terminal.Say($"{"before",-10} release {Short(before.Release)}, {What(before)} by {before.By} at {before.At}");
        terminal.Say($"Release {Short(answer.Release)} stands on {answer.Stage}: {Counts(answer, "moved", "held where it is", "let go")}.");
    }

    public static void ShowPlan(Terminal terminal, ReleaseAnswer plan)
    {
        terminal.Data(Table(plan));
        LeftOut(terminal, plan);
        ShowDrift(terminal, plan.Drift ?? []);
        if (plan.Refused is { } refused) terminal.Complain($"Release {Short(plan.Release)} would be refused: {refused.Detail}.");
        else if (!plan.Changed) terminal.Say($"Nothing would change: release {Short(plan.Release)} stands on {plan.Stage} already.");
        else terminal.Say($"Release {Short(plan.Release)} would stand on {plan.Stage}: {Counts(plan, "to move", "to be held where it is", "to be let go")}.");
    }

    public static void ShowDrift(Terminal terminal, IReadOnlyList<PlannedFacts> drift)
    {
        foreach (var d in drift)
        {
            var at = d.At is { } version ? $"stands at {Number(version)}" : "names no version";
            var last = d.Last is { } move ? $", since {move.By} {(move.To is null ? "took it away" : "moved it")} at {move.At}{(move.Reason.Length > 0 ? $": {move.Reason}" : "")}" : "";
            terminal.Say($"{"drift",-10} {Name(d)} {d.Alias} {at}, and not held at {Number(d.Version ?? 0)}{last}{(d.Why.Length > 0 ? $"; {d.Why}" : "")}");
        }
    }

    public static string What(AppliedFacts applied) => (applied.What, applied.AsOf) switch
    {
        ("rolledBack", _) => "gone back to",
        (_, { } leaf) => $"applied as of {Number(leaf)}",
        _ => "applied",
    };

    public static string Short(string? release) => ReleasePlan.ShortOf(release ?? "");

    private static DataTable Table(ReleaseAnswer answer)
    {
        var table = new DataTable("skill", "alias", "now", "then", "change", "why");
        foreach (var a in answer.Aliases)
            table.Add(
                Name(a), a.Alias, a.At is { } at ? Number(at) : "", a.Version is { } version ? $"{Number(version)}{(a.Share < CanaryShare.All ? $" for {Number(a.Share)}%" : "")}" : "",
                a.Change switch { "stands" => "none", "pin" => "hold", "unpin" => "let go", var change => change }, a.Why);
        return table;
    }

    private static void LeftOut(Terminal terminal, ReleaseAnswer answer)
    {
        foreach (var left in answer.LeftOut) terminal.Say($"{"left out",-10} {left.Name}: {left.Why}");
    }

    private static string Counts(ReleaseAnswer answer, string moved, string held, string letGo) => string.Join(", ",
        new[] { ("move", moved), ("pin", held), ("unpin", letGo), ("stands", "as it was") }
            .Select(kind => (Count: answer.Aliases.Count(a => a.Change == kind.Item1), Word: kind.Item2))
            .Where(kind => kind.Count > 0).Select(kind => $"{Number(kind.Count)} {kind.Word}").DefaultIfEmpty("no aliases"));

    private static string Name(PlannedFacts planned) => planned.Name.Length > 0 ? planned.Name : planned.Skill;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
