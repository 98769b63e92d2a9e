using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Infra.Payloads;

namespace Pipeline.Functions.Messages;

/// <summary>A message that could not be handled and has a payload inside, encrypted under its data subject's key: dead letters lie for long,
/// and must not outlive an erasure.</summary>
public sealed class SealedMessages(PayloadVault vault)
{
    private const string Purpose = "dead-letter";
    private const string Subject = "sealedsubject", Body = "sealed";

    /// <summary>Whose a message is that cannot be read well enough to tell.</summary>
    private const string UnknownSubject = "unreadable-messages";

    /// <returns>The message to keep. One that carries a reference only is kept as it is; of an erased subject nothing is kept.</returns>
    public async Task<byte[]> SealAsync(string tenant, byte[] message, CancellationToken ct)
    {
        var parsed = TryParse(message);
        if (parsed is not null && !parsed.ContainsKey("data") && !parsed.ContainsKey("data_base64")) return message;
        var subject = Text(parsed, "datasubject") ?? Text(parsed, "source") ?? UnknownSubject;
        var body = await vault.SealAsync(new(tenant, subject), Purpose, message, ct);
        return body is null ? [] : JsonSerializer.SerializeToUtf8Bytes(new JsonObject { [Subject] = subject, [Body] = Convert.ToBase64String(body) }, LedgerJson.Options);
    }

    /// <returns>The message as it was; what was never sealed comes back unchanged. Null when its subject was erased.</returns>
    public async Task<byte[]?> OpenAsync(string tenant, byte[] message, CancellationToken ct)
    {
        if (TryParse(message) is not { } parsed || Text(parsed, Subject) is not { } subject || Text(parsed, Body) is not { } body) return message;
        var bytes = new byte[body.Length];
        if (!Convert.TryFromBase64String(body, bytes, out var length)) return message;
        return await vault.OpenAsync(new(tenant, subject), Purpose, bytes.AsMemory(0, length), ct) switch
        {
            PayloadLoaded.Content content => content.CanonicalJson,
            PayloadLoaded.Erased => null,
            _ => message,
        };
    }

    private static JsonObject? TryParse(byte[] message)
    {
        try
        {
            return JsonNode.Parse(message) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonObject? parsed, string name)
    {
        try
        {
            return parsed?[name] is JsonValue value && value.TryGetValue<string>(out var text) && text.Length is > 0 and <= 512 ? text : null;
        }
        catch (ArgumentException)
        {
            // A name that stands twice is found out only when the members are looked up.
            return null;
        }
    }
}
