using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Pipeline.Domain.Trajectories.Episodes;

namespace Pipeline.Domain.Curation.Composing;

/// <summary>The words by which users ask for an effect: said in several tasks before it was done, so that they belong to the job and not to a person.</summary>
/// <remarks>All that was said counts, since the first thing said is often no more than a greeting with a topic. Words that users say of
/// everything are no harm: an index weighs a word by how few skills have it.</remarks>
public static partial class TriggerMining
{
    private const int MostWords = 40;
    private const int MostWordsOfBeginnings = 12;
    private const int LongestBeginning = 400;
    private const int LeastTasks = 2;
    private const double LeastShare = 0.15;

    // What English is held together by, and the courtesies and commonplaces of any request.
    private static readonly FrozenSet<string> s_common = (
        "able about above actually after again against ahead all almost already also although always among and another any anyone anything appreciate "
        + "are aren around ask asked asking assist assistance away back because been before being below best better between bit both but came can "
        + "cannot come confirm correct could couldn definitely detail details did didn does doesn doing don done down during each easy either else "
        + "enough even ever every everyone everything exactly few find fine first for forward from full further get gets getting give given glad goes "
        + "going gone good got great had hadn hand handle handy happen happy hard has hasn have haven having hello help her here hers hey him his hold "
        + "hope how however idea info information into isn issue its itself just keep kind kindly know last later least less let like line list little "
        + "long look looking lot made make makes making many matter may maybe mean mention might mind mine moment more most much must myself need "
        + "needed needs neither never next nice none nor not nothing now number off often okay once one only onto option options other others otherwise "
        + "our ours out over own part perfect perhaps place places please plus point possible prefer present pretty probably problem proceed process "
        + "provide put question questions quick quickly quite rather ready real really reason recall recent recently regarding remember request "
        + "requested right said same say saying second see seem set several shall she should shouldn show side simply since small some someone "
        + "something soon sorry sound sounds start step still stop such sure take tell than thank thanks that the their them then there these they "
        + "thing things think this those though three through time times today together told too took total true try trying two under understand unless "
        + "until upon use used user using usually verify very via wait want wanted wants was wasn way well went were weren what whatever when where "
        + "whether which while who whole whose why will wish with within without won wonder wondering work works would wouldn wrong yeah year yes yet "
        + "you your yours yourself").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <returns>Most common first.</returns>
    public static IReadOnlyList<string> Mine(IReadOnlyList<MinedEpisode> episodes) => Mine(episodes, e => e.Said, MostWords);

    /// <summary>Where requests come with pages of rules for how to go about it: the words that they begin with.</summary>
    internal static IReadOnlyList<string> MineBeginnings(IReadOnlyList<MinedEpisode> episodes) =>
        Mine(episodes, e => e.Said.Take(1).Select(text => text.Length <= LongestBeginning ? text : text[..LongestBeginning]), MostWordsOfBeginnings);

    private static IReadOnlyList<string> Mine(IReadOnlyList<MinedEpisode> episodes, Func<Episode, IEnumerable<string>> said, int most)
    {
        var tasks = episodes.Select(e => e.Task).Distinct(StringComparer.Ordinal).Count();
        var least = Math.Max(LeastTasks, LeastShare * tasks);
        return [.. episodes
            // Words in lower case: what is capitalised may be somebody's name.
            .SelectMany(e => said(e.Episode).SelectMany(text => Word().Matches(Identifier().Replace(text, " ")).Select(m => m.Value)).Distinct(StringComparer.Ordinal)
                .Where(w => !s_common.Contains(w)).Select(word => (word, e.Task)))
            .Distinct().GroupBy(w => w.word, StringComparer.Ordinal)
            .Select(g => (Word: g.Key, Tasks: g.Count())).Where(w => w.Tasks >= least)
            .OrderByDescending(w => w.Tasks).ThenBy(w => w.Word, StringComparer.Ordinal).Take(most).Select(w => w.Word)];
    }

    /// <summary>A word that people say whatever they are about.</summary>
    public static bool IsCommon(string word) => s_common.Contains(word);

    // Addresses, links, numbers and user names have parts that look like words.
    [GeneratedRegex(@"\S*[@_\d/\\]\S*|\S+\.\w\S*", RegexOptions.NonBacktracking)]
    private static partial Regex Identifier();

    [GeneratedRegex(@"\b[a-z]{3,20}\b", RegexOptions.NonBacktracking)]
    private static partial Regex Word();
}
