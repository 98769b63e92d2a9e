using System.Diagnostics;

namespace Pipeline.Domain.Tests;

/// <summary>That work grows with its input and not with the square of it: a ratio within one run, whatever the machine.</summary>
public static class Growth
{
    private const int Rounds = 3;
    private const int Times = 4;

    // Four times as much in ten times the time: a square would take sixteen times. Below the allowance nothing is told.
    private const int MostRatio = 10;
    private static readonly TimeSpan s_allowance = TimeSpan.FromMilliseconds(200);

    /// <param name="make">The input of a size.</param>
    /// <param name="run">What is done with it.</param>
    public static void ShouldBeLinear<T>(int size, Func<int, T> make, Action<T> run)
    {
        var (shorter, longer) = (make(size), make(size * Times));
        run(shorter);
        Best(() => run(longer)).ShouldBeLessThan((Best(() => run(shorter)) * MostRatio) + s_allowance);
    }

    // What else the machine does only adds.
    private static TimeSpan Best(Action run) => Enumerable.Range(0, Rounds).Min(_ =>
    {
        var watch = Stopwatch.StartNew();
        run();
        return watch.Elapsed;
    });
}
