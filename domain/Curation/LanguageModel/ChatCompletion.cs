using System.Text.Json;

namespace Pipeline.Domain.Curation.LanguageModel;

/// <summary>A response of the chat completions API, as far as it is of use: what the model said, as which model, for how many tokens.</summary>
/// <param name="FailureCode">Why nothing can be made of it; null when <paramref name="Content"/> is what the model said.</param>
public sealed record ChatCompletion(string Content, string Model, long? InputTokens, long? OutputTokens, string? FailureCode, string FailureReason)
{
    private const int LongestModel = 120;

    public static ChatCompletion Read(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = 32 });
            using var json = JsonDocument.ParseValue(ref reader);
            return Read(json.RootElement);
        }
        // Half a character in a string shows only when it is read.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return Failed("", null, null, "not-json", "the response is not JSON, or only its beginning");
        }
    }

    private static ChatCompletion Read(JsonElement root)
    {
        var model = Visible.Line(Text(root, "model"), LongestModel);
        var usage = Member(root, "usage");
        var (input, output) = (Count(usage, "prompt_tokens"), Count(usage, "completion_tokens"));
        if (Member(root, "choices") is not { ValueKind: JsonValueKind.Array } choices || choices.GetArrayLength() == 0)
            return Failed(model, input, output, "no-answer", "the response has no choices");
        var message = Member(choices[0], "message");
        if (Text(choices[0], "finish_reason") == "content_filter" || Text(message, "refusal").Length > 0)
            return Failed(model, input, output, "refused", "the model or its filter declined to answer");
        if (Text(choices[0], "finish_reason") == "length")
            return Failed(model, input, output, "truncated", "the answer was cut off at the limit of output tokens");
        var content = Text(message, "content").Trim();
        return content.Length == 0 ? Failed(model, input, output, "no-answer", "the model said nothing") : new(content, model, input, output, null, "");
    }

    private static ChatCompletion Failed(string model, long? input, long? output, string code, string reason) => new("", model, input, output, code, reason);

    private static JsonElement Member(JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var member) ? member : default;

    private static string Text(JsonElement of, string name) => Member(of, name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";

    private static long? Count(JsonElement of, string name) =>
        Member(of, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var count) && count is >= 0 and < int.MaxValue ? count : null;
}
