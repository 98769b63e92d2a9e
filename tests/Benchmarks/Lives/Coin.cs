using System.Globalization;
using Pipeline.Domain.Ledger;

namespace Pipeline.Benchmarks.Lives;

/// <summary>Chance that depends on nothing but a seed and what it is for: two lives of one seed meet the same luck, whatever else differs.</summary>
internal readonly record struct Coin(string Seed)
{
    public Coin For(string purpose) => new($"{Seed}/{purpose}");

    public Coin For(long number) => For(number.ToString(CultureInfo.InvariantCulture));

    /// <summary>0 to below 1.</summary>
    public double Toss(string purpose) => Convert.ToInt64(Digest.Short($"{Seed}/{purpose}", 12), 16) / (double)(1L << 48);

    public bool Falls(string purpose, double chance) => Toss(purpose) < chance;

    public int Below(string purpose, int limit) => (int)(Toss(purpose) * limit);
}
