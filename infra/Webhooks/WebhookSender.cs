using System.Globalization;
using System.Net.Http.Headers;

namespace Pipeline.Infra.Webhooks;

/// <summary>Posts a notice to whoever subscribed, who may be anybody: it waits no longer than it was told, follows no redirection, reads no
/// body, and connects to no address that may not be called.</summary>
public sealed class WebhookSender(WebhookOptions options, TimeProvider time) : IDisposable
{
    private readonly HttpClient _public = Client(allowPrivate: false);
    private readonly HttpClient _private = Client(allowPrivate: true);

    public void Dispose()
    {
        _public.Dispose();
        _private.Dispose();
    }

    /// <param name="secret">In the clear.</param>
    public async Task<WebhookAnswer> SendAsync(WebhookSubscription subscription, string deliveryId, byte[] secret, byte[] body, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        using var request = Request(subscription, deliveryId, secret, body);
        try
        {
            // What it says beyond the status is not read: it is for nobody, and may have no end.
            using var answer = await (subscription.AllowPrivate ? _private : _public).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return Judge((int)answer.StatusCode, answer.Headers.RetryAfter?.Delta);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new(null, string.Create(CultureInfo.InvariantCulture, $"there was no answer within {options.Timeout.TotalSeconds} seconds"));
        }
        catch (HttpRequestException e)
        {
            return new(null, e.InnerException is WebhookAddressException refused ? refused.Message : $"no connection, or it broke off ({e.HttpRequestError})");
        }
    }

    private static WebhookAnswer Judge(int status, TimeSpan? retryAfter) => status switch
    {
        >= 200 and < 300 => new(status, ""),
        >= 300 and < 400 => new(status, string.Create(CultureInfo.InvariantCulture, $"it answered {status}, and redirections are not followed: subscribe with the address it leads to")),
        _ => new(status, string.Create(CultureInfo.InvariantCulture, $"it answered {status}")) { RetryAfter = retryAfter },
    };

    private HttpRequestMessage Request(WebhookSubscription subscription, string deliveryId, byte[] secret, byte[] body)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, subscription.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/cloudevents+json") { CharSet = "utf-8" };
        request.Headers.UserAgent.ParseAdd("skill-pipeline");
        request.Headers.Add("webhook-id", deliveryId);
        request.Headers.Add("webhook-timestamp", now.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", WebhookSecrets.Signature(secret, deliveryId, now, body));
        return request;
    }

    private static HttpClient Client(bool allowPrivate) => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        // A proxy would resolve the name itself, behind the check.
        UseProxy = false,
        ConnectCallback = (context, ct) => WebhookAddresses.ConnectAsync(context.DnsEndPoint, allowPrivate, ct),
        MaxConnectionsPerServer = 4,
        MaxResponseHeadersLength = 16,
        MaxResponseDrainSize = 0,
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
    })
    { Timeout = Timeout.InfiniteTimeSpan };
}

/// <param name="Status">Null when there was no answer.</param>
/// <param name="Error">Empty when it was delivered. It quotes nothing of what was answered.</param>
public sealed record WebhookAnswer(int? Status, string Error)
{
    public TimeSpan? RetryAfter { get; init; }
}
