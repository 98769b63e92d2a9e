using System.Globalization;
using System.Net.Http.Headers;
using Pipeline.Infra.Webhooks;

namespace Pipeline.Infra.Platform;

/// <summary>Posts signed requests to the platform. It follows no redirection, reads no body, waits no longer than it was told, and connects to
/// no address that may not be called.</summary>
public sealed class PlatformEndpoint(PlatformOptions options, TimeProvider time) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        // A proxy would resolve the name itself, behind the check.
        UseProxy = false,
        ConnectCallback = (context, ct) => WebhookAddresses.ConnectAsync(context.DnsEndPoint, options.AllowPrivate, ct),
        MaxResponseHeadersLength = 16,
        MaxResponseDrainSize = 0,
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    public void Dispose() => _http.Dispose();

    /// <param name="deliveryId">The same each time for the same request.</param>
    /// <returns>Empty when it was taken, else what is in the way. It quotes nothing of what was answered.</returns>
    public async Task<string> AskAsync(string deliveryId, byte[] body, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        using var request = Request(deliveryId, body);
        try
        {
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return (int)answer.StatusCode switch
            {
                >= 200 and < 300 => "",
                >= 300 and < 400 and var status => string.Create(CultureInfo.InvariantCulture, $"the platform answered {status}, and redirections are not followed"),
                var status => string.Create(CultureInfo.InvariantCulture, $"the platform answered {status}"),
            };
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            return string.Create(CultureInfo.InvariantCulture, $"the platform did not answer within {options.Timeout.TotalSeconds:0} seconds");
        }
        catch (HttpRequestException e)
        {
            return e.InnerException is WebhookAddressException ? "the platform's name leads to no address that may be called" : $"no connection to the platform, or it broke off ({e.HttpRequestError})";
        }
    }

    private HttpRequestMessage Request(string deliveryId, byte[] body)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, options.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/cloudevents+json") { CharSet = "utf-8" };
        request.Headers.UserAgent.ParseAdd("skill-pipeline");
        request.Headers.Add("webhook-id", deliveryId);
        request.Headers.Add("webhook-timestamp", now.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", WebhookSecrets.Signature(options.Secret, deliveryId, now, body));
        return request;
    }
}
