using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace Pipeline.Functions.Hosting;

/// <summary>The one place where a refusal becomes <c>application/problem+json</c> (RFC 9457).</summary>
public static class Problems
{
    public const string ContentType = "application/problem+json";

    /// <param name="code">Stable; also the last part of the problem's type.</param>
    /// <param name="detail">What is in the way and what to do about it.</param>
    public static JsonObject Body(int status, string code, string detail) => new()
    {
        ["type"] = $"https://skillpipeline.dev/problems/{code}",
        ["title"] = ReasonPhrases.GetReasonPhrase(status),
        ["status"] = status,
        ["code"] = code,
        ["detail"] = detail,
    };

    public static IResult Unreadable() =>
        Result(StatusCodes.Status400BadRequest, "bad-request", "the request cannot be read: its body or a parameter is not as docs/http-api.md says");

    public static IResult Result(int status, string code, string detail) =>
        Results.Text(Body(status, code, detail).ToJsonString(Domain.Ledger.LedgerJson.Options), ContentType, statusCode: status);
}
