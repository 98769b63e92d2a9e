using System.Text.RegularExpressions;
using Pipeline.Domain.Trajectories.Episodes.Coding;

namespace Pipeline.Domain.Curation.Composing.Coding;

/// <summary>Commands that failed in several tasks with the same message, and what was done that then went well.</summary>
internal static partial class CodingPitfalls
{
    private const int MostPitfalls = 6;
    private const int LeastTasks = 2;
    private const int StepsToARemedy = 6;

    public static IReadOnlyList<Pitfall> Mine(IReadOnlyList<MinedEpisode> all) => [.. all
        .SelectMany(e => e.Episode.Coding!.Acts.Select((act, place) => (Of: e, Act: act, Place: place)).Where(x => x.Act.Failed && !x.Act.IsHousekeeping)
            .Select(x => (x.Of, x.Act, x.Place, Message: MessageOf(x.Act))))
        .Where(x => x.Message.Any(char.IsLetter))
        .GroupBy(x => (x.Act.Name, x.Message))
        .Where(g => g.Select(x => x.Of.Task).Distinct(StringComparer.Ordinal).Count() >= LeastTasks)
        .Select(g =>
        {
            // What helped in one task only may say what is that task's own.
            var remedy = Shared.Counts(g.Select(x => (Text: Recovery(x.Of.Episode.Coding!.Acts, x.Place), x.Of.Task)).Where(r => r.Text.Length > 0), LeastTasks)
                .OrderByDescending(r => r.Value).ThenBy(r => r.Key, StringComparer.Ordinal).Select(r => r.Key).FirstOrDefault();
            var ids = g.Select(x => x.Of.Id).Distinct(StringComparer.Ordinal).ToList();
            return new Pitfall($"`{Prose.Code(g.Key.Name)}` can fail with `{g.Key.Message}`.{(remedy is null ? "" : $" What helped: {remedy}.")}", ids.Count, ids);
        })
        .OrderByDescending(p => p.Seen).ThenBy(p => p.Text, StringComparer.Ordinal).Take(MostPitfalls)];

    // Another thing helped only if it was done to the same file.
    private static bool IsAboutTheSame(CodingAct act, CodingAct failed) => failed.Files.Any(f => FileKind.NameOf(f) is var name
        && (act.Files.Any(o => FileKind.NameOf(o) == name) || act.Words.Any(w => FileKind.NameOf(w) == name) || act.Code.Contains(name, StringComparison.Ordinal)));

    // Marks that the agent's program puts around a message are not part of it. How a tool is called the agent is told by its own program.
    private static string MessageOf(CodingAct act)
    {
        var content = Marks().Replace(act.Result!.Content, "");
        if (act.Kind is ActKind.Use or ActKind.Look && OfTheCall().IsMatch(content)) return "";
        var message = Prose.ErrorText(FailureText.LineOf(content), [.. act.Files]);
        return message.EndsWith(':') ? "" : message;
    }

    [GeneratedRegex("</?[a-z]{1,20}([_-][a-z]{1,20}){1,3}>", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Marks();

    [GeneratedRegex(@"\b(input|schema|parameter|argument)[ _]?(validation|error)|required (parameter|argument|property|field)|unexpected (parameter|argument|property)|(unknown|no such) tool|has not been read yet",
        RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex OfTheCall();

    // The next time that the same was tried and went well, by what was different; else what was done instead.
    private static string Recovery(IReadOnlyList<CodingAct> acts, int failed)
    {
        var later = acts.Skip(failed + 1).Where(a => !a.Failed && !a.IsIncidental && !a.IsHousekeeping).ToList();
        if (later.Find(a => a.Name == acts[failed].Name && a.Call != acts[failed].Call) is not { } next)
            return later.Take(StepsToARemedy).FirstOrDefault(a => a.Call != acts[failed].Call && IsAboutTheSame(a, acts[failed])) is { } other ? $"`{Prose.Code(other.Name)}` instead" : "";
        var (before, after) = (acts[failed].Words, next.Words);
        if (before.Count > 0 && after.Count > 0 && before[0] != after[0]) return $"to call it `{Prose.Code(FileKind.NameOf(after[0]))}`";
        var added = after.Where(w => w.StartsWith('-') && w.Length <= 32 && !before.Contains(w)).Select(w => $"`{Prose.Code(w.Split('=')[0])}`").Take(3).ToList();
        if (added.Count > 0) return $"to add {Prose.Listed(added, "and")}";
        var between = acts.Skip(failed + 1).TakeWhile(a => a != next).Where(a => a.MayChange && !a.Failed && !a.IsIncidental).Select(a => a.Name).Distinct(StringComparer.Ordinal).Take(2).ToList();
        return between.Count > 0 ? $"{string.Join(", then ", between.Select(b => $"`{Prose.Code(b)}`"))}, then again" : "";
    }
}
