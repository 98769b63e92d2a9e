using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Pipeline.Domain.Ledger;
using Pipeline.Infra.Payloads;

namespace Pipeline.Infra.Webhooks;

/// <summary>Keeps the secrets that deliveries are signed with encrypted, each under a key of its own.</summary>
public sealed class WebhookSecrets(PayloadVault vault)
{
    /// <summary>In bytes, as the Standard Webhooks specification has it.</summary>
    public const int Shortest = 24, Longest = 64;

    private const string Prefix = "whsec_";
    private const string Purpose = "webhook-secret";

    /// <summary>Reads a secret: <c>whsec_</c> and base64, or any other text for its bytes in UTF-8.</summary>
    /// <returns>Null when it is not of 24 to 64 bytes.</returns>
    public static byte[]? Read(string text)
    {
        text = text.Trim();
        var bytes = new byte[(text.Length * 3) + 3];
        int length;
        if (!text.StartsWith(Prefix, StringComparison.Ordinal)) length = Encoding.UTF8.GetBytes(text, bytes);
        else if (!Convert.TryFromBase64String(text[Prefix.Length..], bytes, out length)) return null;
        return length is >= Shortest and <= Longest ? bytes[..length] : null;
    }

    /// <returns>Null when the subscription's key was destroyed.</returns>
    public Task<byte[]?> SealAsync(string subscriptionId, ReadOnlyMemory<byte> secret, CancellationToken cancellationToken) =>
        vault.SealAsync(Subject(subscriptionId), Purpose, secret, cancellationToken);

    /// <returns>Null when it cannot be read any more.</returns>
    public async Task<byte[]?> OpenAsync(string subscriptionId, ReadOnlyMemory<byte> sealedSecret, CancellationToken cancellationToken) =>
        await vault.OpenAsync(Subject(subscriptionId), Purpose, sealedSecret, cancellationToken) is PayloadLoaded.Content content ? content.CanonicalJson : null;

    /// <summary>A digest of what a subscription was asked for with, under its key: whoever reads the database cannot try secrets against it.</summary>
    /// <returns>Null when the subscription's key was destroyed.</returns>
    public Task<string?> DigestAsync(string subscriptionId, ReadOnlyMemory<byte> request, CancellationToken cancellationToken) =>
        vault.DigestAsync(Subject(subscriptionId), request, cancellationToken);

    /// <summary>Destroys the key: the secret cannot be read any more, from backups neither.</summary>
    public Task ForgetAsync(string subscriptionId, CancellationToken cancellationToken) => vault.EraseAsync(Subject(subscriptionId), cancellationToken);

    /// <summary>The value of <c>webhook-signature</c>: HMAC SHA-256 over id, time and body (Standard Webhooks, symmetric signatures).</summary>
    /// <param name="unixSeconds">As <c>webhook-timestamp</c> says it.</param>
    public static string Signature(ReadOnlySpan<byte> secret, string deliveryId, long unixSeconds, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
        hmac.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{deliveryId}.{unixSeconds}.")));
        hmac.AppendData(body);
        return $"v1,{Convert.ToBase64String(hmac.GetHashAndReset())}";
    }

    private static DataSubject Subject(string subscriptionId) => new(EventContext.DefaultTenant, $"urn:skillpipeline:webhook:{subscriptionId}");
}
