using System.Globalization;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.LedgerApi;

/// <summary>Where a list goes on: a position in the sealed order, opaque text to a client.</summary>
internal static class Cursor
{
    public static IResult Refused => Problems.Result(StatusCodes.Status400BadRequest, "cursor", "a cursor is what an answer gave as `next`");

    public static string? Write(long? position) => position?.ToString(CultureInfo.InvariantCulture);

    /// <returns>False when the text is no cursor. No text is the beginning.</returns>
    public static bool TryRead(string? text, out long? position)
    {
        position = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var read) ? read : null;
        return text is null || position is not null;
    }
}
