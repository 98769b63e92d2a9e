using System.Collections.Frozen;

namespace Pipeline.Domain.Curation.Composing.Coding;

/// <summary>What people ask for in front of a computer, in the form in which they ask for it: by these an order is told from other sentences.</summary>
internal static class Verbs
{
    private static readonly FrozenSet<string> s_base = (
        "accept access account activate adapt add address adjust aggregate align allow analyze analyse annotate answer append apply archive arrange assemble assert assess assign attach audit authenticate automate avoid "
        + "backup balance base batch bench benchmark bind block book boot break bring browse buffer build bump bundle cache calculate calibrate call capture cast catch center change chart check choose classify clean clear "
        + "click clone close cluster code collect color combine commit compare compile complete compose compress compute concatenate configure confirm connect consider consolidate construct contain continue convert copy "
        + "correct count cover create crop cross cut debug decide declare decode decompile decrypt deduplicate define delete deliver deploy derive describe design detect determine develop diagnose diff disable discard "
        + "discover display distinguish divide document download draft draw drop dump duplicate edit embed emit enable encode encrypt end enforce ensure enter enumerate escape establish estimate evaluate examine exclude "
        + "execute exit expand explain exploit explore export expose extend extract fail fall fetch fill figure filter finalize find finish fit fix flag flatten flip focus follow force fork format forward free freeze gather "
        + "generate get give grant grep group guard guess handle harden help hide highlight hold identify ignore implement import improve include increase index infer inherit initialize inject insert inspect install "
        + "integrate introduce investigate invoke isolate issue iterate join keep label launch leave limit link lint list listen load locate lock log look lower maintain make manage map mark mask match measure mend merge "
        + "migrate minimize mock model modify monitor mount move name navigate normalize note notify number obtain omit open optimize order organize output override package parse pass paste patch perform pick pin place "
        + "plan plot point populate port position prefer prepare preserve prevent print prioritize process produce profile prompt propose protect prove provide publish pull purge push put query quote raise randomize reach "
        + "read rebase rebuild recalculate recheck recompute reconcile reconstruct record recover redact redirect reduce refactor refer reformat refresh register reinstall reject release reload remove rename render "
        + "reorder repair repeat replace replicate report reproduce request require rerun reset resize resolve respond restart restore restrict retain retrieve retry return reuse revert review revise rewrite rotate round "
        + "route run sanitize save scale scan schedule scrape search see select send separate serialize serve set setup share shift show shrink sign simplify simulate skip slice solve sort specify split stage standardize "
        + "start state stop store stream strip study submit subtract summarize summarise support suppress swap switch sync synchronize tag take target test throw time toggle touch trace track train transcribe transfer "
        + "transform translate traverse treat trigger trim try tune turn type understand undo unify uninstall unpack unzip update upgrade upload use validate vectorize verify view visualize wait walk warn watch weigh wrap write zip").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> s_ofProgressive = s_base.SelectMany(v => Progressives(v).Select(p => (Progressive: p, Base: v)))
        .GroupBy(p => p.Progressive, StringComparer.Ordinal).ToFrozenDictionary(g => g.Key, g => g.First().Base, StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> s_ofPast = s_base.Select(v => (Past: PastOf(v), Base: v))
        .Concat("wrote write|found find|ran run|built build|made make|took take|gave give|got get|kept keep|chose choose|drew draw|rebuilt rebuild|rewrote rewrite|sent send|read read|set set|put put|cut cut|split split".Split('|').Select(p => (Past: p.Split(' ')[0], Base: p.Split(' ')[1])))
        .GroupBy(p => p.Past, StringComparer.Ordinal).ToFrozenDictionary(g => g.Key, g => g.Last().Base, StringComparer.Ordinal);

    private static readonly FrozenSet<string> s_looking = (
        "access analyze analyse begin browse call check confirm consider continue debug determine discover enter examine explore fetch figure find follow get identify inspect invoke investigate keep list load locate look monitor move observe open "
        + "plan proceed query read recheck refer review run scan search see select start study test trace track try understand use verify view wait watch").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Somebody who does it has changed nothing yet: it is on the way to a job and no job.</summary>
    public static bool IsLooking(string verb) => s_looking.Contains(verb);

    /// <summary>"solve" of "solved"; null of what is no such form.</summary>
    /// <param name="word">In lower case.</param>
    public static string? OfPast(string word) => s_ofPast.GetValueOrDefault(word);

    /// <param name="word">In lower case.</param>
    public static bool IsBase(string word) => s_base.Contains(word);

    /// <summary>"solve" of "solving"; null of what is no such form.</summary>
    /// <param name="word">In lower case.</param>
    public static string? OfProgressive(string word) => s_ofProgressive.GetValueOrDefault(word);

    private static IEnumerable<string> Progressives(string verb)
    {
        if (verb.EndsWith('e') && !verb.EndsWith("ee", StringComparison.Ordinal)) yield return verb[..^1] + "ing";
        else yield return verb + "ing";
        if (Doubles(verb)) yield return $"{verb}{verb[^1]}ing";
    }

    private static string PastOf(string verb) => verb.EndsWith('e') ? verb + "d"
        : verb.EndsWith('y') && !"aeiou".Contains(verb[^2], StringComparison.Ordinal) ? verb[..^1] + "ied"
        : Doubles(verb) && verb.Length <= 6 ? $"{verb}{verb[^1]}ed"
        : verb + "ed";

    // run, running; commit, committing.
    private static bool Doubles(string verb) => verb.Length >= 3 && !"aeiouwxy".Contains(verb[^1], StringComparison.Ordinal) && "aeiou".Contains(verb[^2], StringComparison.Ordinal)
        && !"aeiou".Contains(verb[^3], StringComparison.Ordinal);
}
