using System.Text.Json;
using Pipeline.Domain.Ledger;

namespace Pipeline.Functions.Cli.Api;

/// <summary>What the server said: as facts that the program reads, and whole as it came, for <c>--json</c>.</summary>
internal sealed record Answer<T>(T Value, JsonElement Json)
{
    public static Answer<T> Of(JsonElement json) =>
        new(json.Deserialize<T>(LedgerJson.Options) ?? throw new JsonException("the answer is null"), json);
}

/// <summary>The server said no. The message is the problem's detail: what is in the way and what to do about it.</summary>
/// <param name="code">Stable, for programs; empty where the answer was no problem document.</param>
internal sealed class LedgerApiException(int status, string code, string detail, JsonElement? body) : Exception(detail)
{
    public int Status { get; } = status;
    public string Code { get; } = code;
    public string Detail { get; } = detail;

    /// <summary>The problem document.</summary>
    public JsonElement? Body { get; } = body;
}
