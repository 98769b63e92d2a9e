using System.Collections.Frozen;

namespace Pipeline.Infra.Search;

/// <summary>The words that hold English together and say nothing of a task. In a library of a dozen skills the few texts that happen to
/// have one of them would stand out by it: rarity tells nothing there.</summary>
internal static class FunctionWords
{
    // With their stems, which are searched by as well: "befor" would tell no more than "before".
    private static readonly FrozenSet<string> s_terms = (
        "a about above after again against all also am an and any anyone anything are aren as at be because been before being below between both but by can cannot could "
        + "couldn d did didn do does doesn doing don done down during each either else ever every everyone everything few for from further had hadn has hasn have haven "
        + "having he hello her here hers herself hey hi him himself his how i if in into is isn it its itself just let ll m may me might mine more most must mustn my myself "
        + "need needs neither no nor not of off ok okay on once one only onto or other others otherwise our ours ourselves out over own please re s same shall shan she should shouldn "
        + "since so some someone something such t than thank thanks that the their theirs them themselves then there these they this those though through to too under until "
        + "up upon us ve very via was wasn we well were weren what whatever when where whether which while who whom whose why will with within without won would wouldn yes "
        + "yet you your yours yourself yourselves").Split(' ').SelectMany(SearchTerms.Of).ToFrozenSet(StringComparer.Ordinal);

    public static bool Contains(string term) => s_terms.Contains(term);
}
