using System.Text;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;

namespace Pipeline.Infra.Composers;

/// <summary>A request to a chat completions API, the same to the byte for the same prompt, material and model: its digest says what was asked.</summary>
public sealed class ChatRequest
{
    // English and JSON are nearer to four bytes a token; the ceilings must hold for other texts too.
    private const int BytesOfAToken = 2;

    private ChatRequest(byte[] body, ComposerPrompt prompt, int maxOutputTokens) => (Body, Prompt, MaxOutputTokens) = (body, prompt, maxOutputTokens);

    public byte[] Body { get; }
    public ComposerPrompt Prompt { get; }
    public int MaxOutputTokens { get; }

    public string Digest => Domain.Ledger.Digest.Of(Body);

    /// <summary>The most that it can plausibly come to.</summary>
    public long MostInputTokens => (Body.Length + BytesOfAToken - 1) / BytesOfAToken;

    /// <param name="material">The user's turn.</param>
    /// <param name="headings">The sections that the answer may have.</param>
    public static ChatRequest Of(ComposerOptions options, ComposerPrompt prompt, string material, IReadOnlyList<string> headings)
    {
        var body = new JsonObject
        {
            ["model"] = options.Model,
            ["messages"] = new JsonArray(
                new JsonObject { ["role"] = "system", ["content"] = prompt.Text },
                new JsonObject { ["role"] = "user", ["content"] = material }),
            ["response_format"] = new JsonObject
            {
                ["type"] = "json_schema",
                ["json_schema"] = new JsonObject { ["name"] = "skill_sections", ["strict"] = true, ["schema"] = Schema(headings) },
            },
            [options.OutputLimitName] = options.MaxOutputTokens,
            ["stream"] = false,
        };
        if (options.Temperature is { } temperature) body["temperature"] = temperature;
        return new(Encoding.UTF8.GetBytes(body.ToJsonString(LedgerJson.Options)), prompt, options.MaxOutputTokens);
    }

    // All members required and none besides: what strict mode asks for.
    private static JsonObject Schema(IReadOnlyList<string> headings) => Object(new JsonObject
    {
        ["description"] = new JsonObject { ["type"] = new JsonArray("string", "null") },
        ["patches"] = new JsonObject
        {
            ["type"] = "array",
            ["items"] = Object(new JsonObject
            {
                ["section"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. headings.Select(h => (JsonNode)JsonValue.Create(h))]) },
                ["text"] = new JsonObject { ["type"] = "string" },
            }),
        },
        ["rationale"] = new JsonObject { ["type"] = "string" },
    });

    private static JsonObject Object(JsonObject properties) => new()
    {
        ["type"] = "object",
        ["properties"] = properties,
        ["required"] = new JsonArray([.. properties.Select(p => (JsonNode)JsonValue.Create(p.Key))]),
        ["additionalProperties"] = false,
    };
}
