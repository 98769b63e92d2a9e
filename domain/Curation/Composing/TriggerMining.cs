using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Pipeline.Domain.Curation.Composing;

/// <summary>The words by which users ask for an effect: said in several tasks, so that they belong to the job and not to a person.</summary>
public static partial class TriggerMining
{
    private const int MostWords = 14;
    private const int LeastTasks = 2;
    private const double LeastShare = 0.15;

    private static readonly FrozenSet<string> s_common = (
        "able about accordingly account actually after again agree ahead almost already also although always another anyone anything appreciate approach around asking back because "
        + "been before being believe best better both bring came cannot case check clear come confirm correct could currently date days definitely detail details didn does doesn doing "
        + "done down each easy either else email enough even ever every everything exactly feel find fine first follow from full further getting give given glad going gone good got great "
        + "handle hand handy happen happy hard have having hello help here hold hope idea immediately information instead into issue just keep kind knew know last later least less let like "
        + "little long look looking lost made make many matter maybe mean mention might mind mine more most much must myself name need needed needs never next nice none note nothing "
        + "number often okay once only open option options other otherwise over part perfect perhaps please plus point possible prefer present pretty probably problem proceed provide "
        + "question questions quick quite rather really recall recently regarding remember right said same saying seem sent share should show side since some someone something soon sorry "
        + "sound sounds still such sure take tell than thank thanks that their them then there these they thing things think this those though thought through time today together told too "
        + "took total tried trouble true trying understand until update user using usually verify very wait want wanted wants wasn well went were what whatever when where whether which "
        + "while whole will wish with without wonder wondering won work works would wrong yeah year your yours yourself you're don't i'm i'd i've it's stop transfer shall under however "
        + "assist assistance simply meant unless along away forward latest second third three four five times week month hours minutes line place places start ready real reason several "
        + "small large short early late change changed changes made makes making").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    public static IReadOnlyList<string> Mine(IReadOnlyList<MinedEpisode> episodes)
    {
        var tasks = episodes.Select(e => e.Task).Distinct(StringComparer.Ordinal).Count();
        var least = Math.Max(LeastTasks, LeastShare * tasks);
        return [.. episodes
            // Words in lower case: what is capitalised may be somebody's name.
            .SelectMany(e => Word().Matches(e.Episode.Asked).Select(m => m.Value).Distinct(StringComparer.Ordinal)
                .Where(w => !s_common.Contains(w)).Select(word => (word, e.Task)))
            .Distinct().GroupBy(w => w.word, StringComparer.Ordinal)
            .Select(g => (Word: g.Key, Tasks: g.Count())).Where(w => w.Tasks >= least)
            .OrderByDescending(w => w.Tasks).ThenBy(w => w.Word, StringComparer.Ordinal).Take(MostWords).Select(w => w.Word)];
    }

    /// <summary>A word that people say whatever they are about.</summary>
    public static bool IsCommon(string word) => s_common.Contains(word);

    [GeneratedRegex(@"\b[a-z]{4,20}\b", RegexOptions.NonBacktracking)]
    private static partial Regex Word();
}
