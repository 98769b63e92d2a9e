using System.Globalization;
using System.Net.Http.Headers;

namespace Pipeline.Infra.Webhooks;

/// <summary>Posts a notice to whoever subscribed, who may be anybody: it waits no longer than it was told, follows no redirection, reads no
/// body, and connects to no address that may not be called.</summary>
public sealed class WebhookSender(WebhookOptions options, TimeProvider time) : IDisposable
{
    private const string NotAllowed = "it was allowed plain http and private addresses, and this server calls none any more: its operator would have to set Webhooks__AllowPrivate=true";

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
        // What was allowed when it subscribed is allowed no longer than the operator allows it.
        var allowPrivate = subscription.AllowPrivate && options.AllowPrivate;
        if (!allowPrivate && !subscription.Url.StartsWith("https:", StringComparison.OrdinalIgnoreCase)) return new(null, NotAllowed);
        using var limit = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        using var request = Request(subscription, deliveryId, secret, body);
        try
        {
            // What it says beyond the status is not read: it is for nobody, and may have no end.
            using var answer = await (allowPrivate ? _private : _public).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return Judge((int)answer.StatusCode, After(answer.Headers.RetryAfter));
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new(null, string.Create(CultureInfo.InvariantCulture, $"there was no answer within {options.Timeout.TotalSeconds} seconds"));
        }
        catch (HttpRequestException e)
        {
            return new(null, e.InnerException is WebhookAddressException refused ? (subscription.AllowPrivate && !allowPrivate ? NotAllowed : refused.Message) : $"no connection, or it broke off ({e.HttpRequestError})");
        }
    }

    // RFC 9110, 10.2.3: seconds, or a date.
    private TimeSpan? After(RetryConditionHeaderValue? told) => told?.Delta ?? (told?.Date is { } date ? date - time.GetUtcNow() : null);

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
        // No limit on connections to one host: each subscription has one delivery on its way at most, and waits for no other of the same host.
        ConnectCallback = (context, ct) => WebhookAddresses.ConnectAsync(context.DnsEndPoint, allowPrivate, ct),
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
    /// <summary>Negative for a date that is over.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
