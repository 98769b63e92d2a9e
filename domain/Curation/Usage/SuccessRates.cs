namespace Pipeline.Domain.Curation.Usage;

/// <summary>Bounds on shares and on the difference of two shares, for samples that are small or weighted.</summary>
public static class SuccessRates
{
    /// <summary>Wilson's score interval for a share (Wilson, <i>Probable inference</i>, JASA 22, 1927).</summary>
    /// <param name="share">Of successes, 0 to 1.</param>
    /// <param name="runs">How many; of weighted runs, Kish's effective number.</param>
    public static (double Lower, double Upper) Wilson(double share, double runs, double z)
    {
        if (runs <= 0) return (0, 1);
        var centre = share + z * z / (2 * runs);
        var half = z * Math.Sqrt(share * (1 - share) / runs + z * z / (4 * runs * runs));
        var scale = 1 + z * z / runs;
        return (Math.Max(0, (centre - half) / scale), Math.Min(1, (centre + half) / scale));
    }

    /// <summary>Newcombe's hybrid score interval for the difference of two independent shares (Newcombe, <i>Interval estimation for the
    /// difference between independent proportions</i>, Statistics in Medicine 17, 1998, method 10).</summary>
    public static (double Lower, double Upper) Difference((double Share, double Runs) a, (double Share, double Runs) b, double z)
    {
        var (lowerA, upperA) = Wilson(a.Share, a.Runs, z);
        var (lowerB, upperB) = Wilson(b.Share, b.Runs, z);
        var difference = a.Share - b.Share;
        return (
            difference - Math.Sqrt(Square(a.Share - lowerA) + Square(upperB - b.Share)),
            difference + Math.Sqrt(Square(upperA - a.Share) + Square(b.Share - lowerB)));
    }

    /// <summary>The normal deviate that a share of <paramref name="confidence"/> lies below; off by less than 0.00045
    /// (Abramowitz and Stegun, <i>Handbook of Mathematical Functions</i>, 26.2.23).</summary>
    /// <param name="confidence">0.5 or more and below 1.</param>
    public static double Deviate(double confidence)
    {
        var t = Math.Sqrt(-2 * Math.Log(1 - confidence));
        return Math.Max(0, t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
    }

    private static double Square(double value) => value * value;
}
