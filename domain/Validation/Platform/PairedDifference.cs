using Pipeline.Domain.Curation.Usage;

namespace Pipeline.Domain.Validation.Platform;

/// <summary>The difference of two shares of success over the same tasks, and between which values it is taken to lie.</summary>
/// <remarks>Newcombe, <i>Improved confidence intervals for the difference between binomial proportions based on paired data</i>, Statistics in
/// Medicine 17, 1998, method 10: Wilson's score intervals of both shares, joined with the correlation of the pairs.</remarks>
/// <param name="With">Share of successes with the skill, 0 to 1.</param>
/// <param name="Gain">With less without, -1 to 1.</param>
public sealed record PairedDifference(int Pairs, double With, double Without, double Gain, double Lower, double Upper)
{
    /// <param name="both">Pairs of which both runs succeeded.</param>
    /// <param name="withOnly">Of which only the one with the skill did.</param>
    /// <param name="confidence">Of the two-sided interval, 0.5 or more and below 1.</param>
    public static PairedDifference Of(int both, int withOnly, int withoutOnly, int neither, double confidence)
    {
        var pairs = both + withOnly + withoutOnly + neither;
        if (pairs == 0) return new(0, 0, 0, 0, -1, 1);
        var z = SuccessRates.Deviate(1 - ((1 - confidence) / 2));
        double with = (double)(both + withOnly) / pairs, without = (double)(both + withoutOnly) / pairs;
        var (lowerWith, upperWith) = SuccessRates.Wilson(with, pairs, z);
        var (lowerWithout, upperWithout) = SuccessRates.Wilson(without, pairs, z);
        var (gain, phi) = (with - without, Correlation(both, withOnly, withoutOnly, neither));
        return new(
            pairs, with, without, gain,
            Math.Max(-1, gain - Joined(with - lowerWith, upperWithout - without, phi)),
            Math.Min(1, gain + Joined(without - lowerWithout, upperWith - with, phi)));
    }

    private static double Joined(double one, double other, double phi) => Math.Sqrt(Math.Max(0, (one * one) - (2 * phi * one * other) + (other * other)));

    // Corrected for continuity where the pairs agree more often than not.
    private static double Correlation(double both, double withOnly, double withoutOnly, double neither)
    {
        var margins = (both + withOnly) * (withoutOnly + neither) * (both + withoutOnly) * (withOnly + neither);
        if (margins <= 0) return 0;
        var agreement = (both * neither) - (withOnly * withoutOnly);
        var half = (both + withOnly + withoutOnly + neither) / 2;
        return (agreement > half ? agreement - half : Math.Min(agreement, 0)) / Math.Sqrt(margins);
    }
}
