using Pipeline.Domain.Trajectories.Input;

namespace Pipeline.Domain.Tests.Trajectories;

internal static class ParsedAssertions
{
    public static T Accepted<T>(this Parsed<T> parsed) => parsed switch
    {
        Parsed<T>.Ok ok => ok.Value,
        Parsed<T>.Refused refused => throw new Xunit.Sdk.XunitException($"refused: {refused.Error}"),
        _ => throw new NotSupportedException(),
    };

    public static InputError Refused<T>(this Parsed<T> parsed) => parsed.ShouldBeOfType<Parsed<T>.Refused>().Error;
}
