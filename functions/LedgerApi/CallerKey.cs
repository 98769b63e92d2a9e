using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.LedgerApi;

/// <summary>What an agent says of itself, so that it always is within the same shares of callers: an agent's or a session's id, opaque here. It is
/// nobody's authorization, and is kept nowhere.</summary>
internal static class CallerKey
{
    public const string Header = "Pipeline-Caller";

    /// <summary>In characters.</summary>
    public const int Longest = 200;

    public static IResult Refused => Problems.Result(StatusCodes.Status400BadRequest, "caller", $"{Header} has at most {Longest} printable ASCII characters: an id of the agent, or of its session");

    /// <param name="key">Null where the caller says nothing.</param>
    public static bool TryRead(string? header, out string? key)
    {
        key = string.IsNullOrWhiteSpace(header) ? null : header.Trim();
        return key is null || (key.Length <= Longest && key.All(c => c is >= ' ' and <= '~'));
    }
}
