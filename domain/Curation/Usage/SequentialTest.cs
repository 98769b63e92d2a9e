namespace Pipeline.Domain.Curation.Usage;

/// <summary>Whether runs of one kind succeed less often than runs of another, judged as often as one likes while they come in.</summary>
/// <remarks>An E-variable for two streams of successes and failures, in blocks of one of each: Turner, Ly and Grünwald, <i>Generic
/// E-variables for exact sequential k-sample tests that allow for optional stopping</i>, Journal of Statistical Planning and Inference 230
/// (2024). Where both kinds do the same, whatever that is, the value exceeds 1/alpha with a chance of at most alpha at any time (Ville's
/// inequality). What it bets on is estimated from the blocks before, with one success and one failure added to each kind.</remarks>
public static class SequentialTest
{
    /// <param name="before">Outcomes of the one that stood, in order.</param>
    /// <param name="after">Outcomes of the one that came after it.</param>
    /// <returns>The natural logarithm of the evidence that the second does worse, as it stands after all of them.</returns>
    public static double LogEvidenceOfWorse(IReadOnlyList<bool> before, IReadOnlyList<bool> after)
    {
        var (evidence, a, b) = (0.0, 0, 0);
        for (var n = 0; n < Math.Min(before.Count, after.Count); n++)
        {
            var (p, q) = ((a + 1.0) / (n + 2), (b + 1.0) / (n + 2));
            // Nothing is bet while the second does as well or better: the test is one-sided.
            if (q < p)
            {
                var same = (p + q) / 2;
                evidence += Math.Log(Chance(before[n], p) / Chance(before[n], same)) + Math.Log(Chance(after[n], q) / Chance(after[n], same));
            }
            if (before[n]) a++;
            if (after[n]) b++;
        }
        return evidence;
    }

    private static double Chance(bool succeeded, double share) => succeeded ? share : 1 - share;
}
