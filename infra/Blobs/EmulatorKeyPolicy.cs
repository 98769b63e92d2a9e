using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Azure.Core;
using Azure.Core.Pipeline;

namespace Pipeline.Infra.Blobs;

/// <summary>Signs requests with an account's key ("Authorize with Shared Key", the form of version 2015-02-21 and later). Only an emulator takes that from us.</summary>
internal sealed class EmulatorKeyPolicy(string account, string key) : HttpPipelineSynchronousPolicy
{
    private static readonly string[] s_standard =
        ["Content-Encoding", "Content-Language", "Content-Length", "Content-MD5", "Content-Type", "Date", "If-Modified-Since", "If-Match", "If-None-Match", "If-Unmodified-Since", "Range"];

    private readonly byte[] _key = Convert.FromBase64String(key);

    public override void OnSendingRequest(HttpMessage message)
    {
        message.Request.Headers.SetValue("x-ms-date", DateTimeOffset.UtcNow.ToString("R", CultureInfo.InvariantCulture));
        var signature = HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(StringToSign(message.Request)));
        message.Request.Headers.SetValue("Authorization", $"SharedKey {account}:{Convert.ToBase64String(signature)}");
    }

    private string StringToSign(Request request)
    {
        var text = new StringBuilder().Append(request.Method.Method).Append('\n');
        foreach (var name in s_standard) text.Append(ValueOf(request, name)).Append('\n');
        foreach (var header in request.Headers.Where(h => h.Name.StartsWith("x-ms-", StringComparison.OrdinalIgnoreCase)).OrderBy(h => h.Name.ToLowerInvariant(), StringComparer.Ordinal))
            text.Append(header.Name.ToLowerInvariant()).Append(':').Append(header.Value.Trim()).Append('\n');
        var uri = request.Uri.ToUri();
        text.Append('/').Append(account).Append(uri.AbsolutePath);
        foreach (var (name, value) in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2))
            .Select(p => (p[0].ToLowerInvariant(), Uri.UnescapeDataString(p[^1]))).OrderBy(p => p.Item1, StringComparer.Ordinal))
            text.Append('\n').Append(name).Append(':').Append(value);
        return text.ToString();
    }

    private static string ValueOf(Request request, string name)
    {
        if (name != "Content-Length") return request.Headers.TryGetValue(name, out var value) ? value ?? "" : "";
        return request.Content is { } content && content.TryComputeLength(out var length) && length > 0 ? length.ToString(CultureInfo.InvariantCulture) : "";
    }
}
