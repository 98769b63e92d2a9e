using System.Text.Json.Nodes;
using Pipeline.Domain.Curation.Composing;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.LanguageModel;

/// <summary>A family's runs as a model is shown them: which calls, where their arguments came from, what came back; and of all texts and
/// values only what runs of several tasks share.</summary>
public static class RunExcerpts
{
    private const int MostSuccesses = 8;
    private const int MostFailures = 4;
    private const int MostCalls = 30;
    private const int MostArguments = 12;
    private const int MostFields = 12;
    private const int LongestAsked = 300;
    private const int LongestResult = 200;
    private const int LongestValue = 60;

    /// <summary>Runs that did the same are shown once, the most common first; so many bytes at most.</summary>
    public static JsonArray Of(IReadOnlyList<MinedEpisode> episodes, int mostBytes)
    {
        var shared = SharedText.Of(episodes);
        var groups = episodes.Select((e, place) => (Episode: e, Place: place, Calls: Calls(e.Episode, shared)))
            .GroupBy(x => (x.Episode.Succeeded, string.Join('\n', x.Calls)))
            .OrderByDescending(g => g.Count()).ThenBy(g => g.Min(x => x.Place)).ToList();
        var shown = new JsonArray();
        var room = mostBytes;
        foreach (var group in groups.Where(g => g.Key.Succeeded).Take(MostSuccesses).Concat(groups.Where(g => !g.Key.Succeeded).Take(MostFailures)))
        {
            var first = group.MinBy(x => x.Place);
            var run = new JsonObject
            {
                ["outcome"] = group.Key.Succeeded ? "succeeded" : "failed",
                ["seen"] = group.Count(),
                ["asked"] = shared.Keep(first.Episode.Episode.Asked, LongestAsked),
                ["calls"] = new JsonArray([.. first.Calls.Select(c => (JsonNode)JsonValue.Create(c))]),
            };
            room -= run.ToJsonString(Ledger.LedgerJson.Options).Length;
            if (room < 0) break;
            shown.Add(run);
        }
        return shown;
    }

    private static List<string> Calls(Episode episode, SharedText shared) => [.. episode.Calls.Take(MostCalls).Select(call =>
        $"{Prose.Code(call.Tool)}({string.Join(", ", call.Arguments.Take(MostArguments).Select(a => $"{shared.Path(call.Tool, a.Path, isResult: false)}: {Source(a, call, episode, shared)}"))})"
        + $" -> {(call.Failed ? "ERROR " : "")}{Result(call, shared)}")];

    private static string Source(TracedArgument argument, TracedCall call, Episode episode, SharedText shared)
    {
        if (argument.Value.Length <= LongestValue && shared.Has(SharedText.PlaceOf(call.Tool, argument.Path, isResult: false), argument.Value))
            return $"'{Prose.Code(argument.Value)}'";
        return argument.Source switch
        {
            ValueSource.Result from when episode.Context.FirstOrDefault(c => c.Index == from.Call) is { } origin => $"from {Prose.Code(origin.Tool)} {shared.Path(origin.Tool, from.Path, isResult: true)}",
            var source when source == ValueSource.User => "from the user",
            _ => "chosen by the agent",
        };
    }

    private static string Result(TracedCall call, SharedText shared)
    {
        var fields = call.Result.DistinctBy(r => r.Path, StringComparer.Ordinal).Take(MostFields).Select(r =>
        {
            if (r.Path.Length == 0) return shared.Keep(r.Value, LongestResult);
            var isShared = r.Value.Length <= LongestValue && shared.Has(SharedText.PlaceOf(call.Tool, r.Path, isResult: true), r.Value);
            return isShared ? $"{Prose.Code(r.Path)} = '{Prose.Code(r.Value)}'" : shared.Path(call.Tool, r.Path, isResult: true);
        });
        var text = string.Join("; ", fields.Distinct(StringComparer.Ordinal));
        return text.Length > 0 ? text : "nothing";
    }
}
