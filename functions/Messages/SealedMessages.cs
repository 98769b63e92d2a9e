using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories.Input;
using Pipeline.Infra.Payloads;
using Pipeline.Infra.Queue;

namespace Pipeline.Functions.Messages;

/// <summary>A message that could not be handled and has a payload inside, encrypted under its data subject's key: dead letters lie for long,
/// and must not outlive an erasure.</summary>
public sealed class SealedMessages(PayloadVault vault, DeadLetters deadLetters, TimeProvider time)
{
    private const string Purpose = "dead-letter";
    private const string Subject = "sealedsubject", Body = "sealed";

    /// <summary>Whose a message is that cannot be read well enough to tell.</summary>
    private const string UnknownSubject = "unreadable-messages";

    // As it stands in what is kept.
    private const string UnknownMark = $"\"{Subject}\":\"{UnknownSubject}\"";
    private const int AtOnce = 100;

    /// <summary>As long as Azure's queues keep a message.</summary>
    public static readonly TimeSpan UnknownFor = TimeSpan.FromDays(14);

    /// <returns>The message to keep. One that is sealed already, or carries a reference only, is kept as it is; of an erased subject nothing
    /// is kept.</returns>
    public async Task<KeptMessage> SealAsync(string tenant, byte[] message, CancellationToken ct)
    {
        var root = RootOf(message);
        if (Text(root, Body) is not null || (Text(root, "dataref") is not null && !Has(root, "data") && !Has(root, "data_base64"))) return new(message, "");
        var subject = new DataSubject(tenant, Text(root, "datasubject") ?? Text(root, "source") ?? UnknownSubject);
        if (await vault.SealAsync(subject, Purpose, message, ct) is not { } body || await vault.DigestAsync(subject, message, ct) is not { } digest) return new([], "");
        return new(JsonSerializer.SerializeToUtf8Bytes(new JsonObject { [Subject] = subject.Subject, [Body] = Convert.ToBase64String(body) }, LedgerJson.Options), digest);
    }

    /// <returns>The message as it was; what was never sealed comes back unchanged. Null when its subject was erased.</returns>
    public async Task<byte[]?> OpenAsync(string tenant, byte[] message, CancellationToken ct)
    {
        var root = RootOf(message);
        if (Text(root, Subject) is not { } subject || Text(root, Body) is not { } body) return message;
        var bytes = new byte[body.Length];
        if (!Convert.TryFromBase64String(body, bytes, out var length)) return message;
        return await vault.OpenAsync(new(tenant, subject), Purpose, bytes.AsMemory(0, length), ct) switch
        {
            PayloadLoaded.Content content => content.CanonicalJson,
            PayloadLoaded.Erased => null,
            _ => message,
        };
    }

    /// <summary>Seals what the queue buried itself, and gives up what nobody can say whose it is once it has waited for <see cref="UnknownFor"/>: an erasure does
    /// not reach it.</summary>
    public async Task TidyAsync(string tenant, CancellationToken ct)
    {
        while (await deadLetters.UnsealedAsync(tenant, AtOnce, ct) is { Count: > 0 } letters)
            foreach (var (id, body) in letters) await deadLetters.SealAsync(tenant, id, (await SealAsync(tenant, body, ct)).Body, ct);
        await deadLetters.ExpireAsync(tenant, UnknownMark, time.GetUtcNow() - UnknownFor, ct);
    }

    /// <returns>Null when the message is no JSON object that can be relied on.</returns>
    private static JsonElement? RootOf(byte[] message) =>
        StrictJson.Parse(message).Try(out var root, out _) && root.ValueKind == JsonValueKind.Object ? root : null;

    private static bool Has(JsonElement? root, string name) => root is { } read && read.TryGetProperty(name, out _);

    private static string? Text(JsonElement? root, string name) =>
        root is { } read && read.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;
}

/// <param name="Identity">The same each time for the same message; empty where the body is.</param>
public sealed record KeptMessage(byte[] Body, string Identity);
