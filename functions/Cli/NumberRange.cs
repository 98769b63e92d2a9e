using System.CommandLine;
using System.Globalization;

namespace Pipeline.Functions.Cli;

/// <summary>Options that take a number of a range.</summary>
internal static class NumberRange
{
    /// <summary>Refuses what is outside. What is no number at all is refused when it is parsed, before this is asked.</summary>
    public static void AcceptOnlyBetween<T>(this Option<T> option, double least, double most, string message) => option.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && !(number >= least && number <= most))
            result.AddError(message);
    });
}
