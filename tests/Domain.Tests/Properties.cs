using FsCheck;
using FsCheck.Fluent;

namespace Pipeline.Domain.Tests;

/// <summary>How properties are checked: at least 200 cases each, and a failure shrunk to a short sequence.</summary>
internal static class Properties
{
    public static Config Config(int cases = 300) => FsCheck.Config.QuickThrowOnFailure.WithMaxTest(cases).WithQuietOnSuccess(true);

    /// <summary>Lists of up to some 60 items; a failing one is shrunk by leaving items out.</summary>
    public static Arbitrary<IReadOnlyList<T>> Sequences<T>(Gen<T> item, int longest = 60) => Arb.From(
        Gen.Choose(0, longest).SelectMany(length => item.ListOf(length)).Select(items => (IReadOnlyList<T>)[.. items]),
        Shorter);

    private static IEnumerable<IReadOnlyList<T>> Shorter<T>(IReadOnlyList<T> items)
    {
        for (var size = items.Count / 2; size > 0; size /= 2)
            for (var at = 0; at + size <= items.Count; at += size)
                yield return [.. items.Take(at), .. items.Skip(at + size)];
    }
}
