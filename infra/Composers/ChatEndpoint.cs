using System.Net;
using System.Net.Http.Headers;
using Azure.Identity;
using Polly;
using Polly.Retry;

namespace Pipeline.Infra.Composers;

/// <summary>Sends requests to the configured chat completions endpoint. It waits no longer than it was told, reads no more than it can use,
/// and sends again only what the endpoint did not take in.</summary>
/// <param name="http">Without a timeout of its own, and following no redirection: a key is for one host.</param>
public sealed class ChatEndpoint(HttpClient http, ComposerOptions options, EndpointCredential credential, TimeProvider time)
{
    private const int MostBytes = 512 * 1024;
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(20);

    private readonly ResiliencePipeline<HttpResponseMessage> _retry = Retry(options, time);

    /// <exception cref="OperationCanceledException">The caller wants no answer any more.</exception>
    public async Task<ChatReply> SendAsync(ChatRequest request, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(options.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        var attempts = 0;
        // From when a request is out until an answer says that it was not taken in, it may cost something.
        var isOut = false;
        try
        {
            using var response = await _retry.ExecuteAsync(async token =>
            {
                attempts++;
                using var message = Message(request);
                await credential.ApplyAsync(message, token);
                isOut = true;
                var answer = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, token);
                isOut = answer.IsSuccessStatusCode;
                return answer;
            }, either.Token);
            if (!response.IsSuccessStatusCode) return Refused(response.StatusCode, attempts);
            return await ReadAsync(response, either.Token) is { } body
                ? new ChatReply.Received(body, attempts)
                : new ChatReply.Failed("too-large", $"the response has more than {MostBytes} bytes", true, attempts);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            return new ChatReply.Failed("timeout", $"there was no whole answer within {options.Timeout.TotalSeconds} seconds", isOut, attempts);
        }
        catch (HttpRequestException e) when (NeverArrived(e))
        {
            return new ChatReply.Failed("unreachable", $"no connection to {options.SentTo} ({e.HttpRequestError})", false, attempts);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new ChatReply.Failed("connection-cut", "the connection broke off before the answer was whole", true, attempts);
        }
        catch (AuthenticationFailedException e)
        {
            return new ChatReply.Failed("unauthorised", $"Entra ID gave no token ({e.GetType().Name})", false, attempts - 1);
        }
    }

    private HttpRequestMessage Message(ChatRequest request)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, options.Address) { Content = new ByteArrayContent(request.Body) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        message.Headers.Accept.ParseAdd("application/json");
        // Some gateways know by it that they have answered this before.
        message.Headers.TryAddWithoutValidation("Idempotency-Key", request.Digest);
        return message;
    }

    private ChatReply.Failed Refused(HttpStatusCode status, int attempts) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new("unauthorised", $"the endpoint answered {(int)status}: check Composer:ApiKey or the identity's role", false, attempts),
        HttpStatusCode.NotFound => new("not-found", $"the endpoint answered 404: check Composer:Endpoint and Composer:Model ({options.Model})", false, attempts),
        HttpStatusCode.TooManyRequests => new("rate-limited", $"the endpoint answered 429 to each of {attempts} requests, or asks for a longer pause than there is time", false, attempts),
        >= HttpStatusCode.InternalServerError => new("server-error", $"the endpoint answered {(int)status} to the last of {attempts} requests", false, attempts),
        _ => new("bad-request", $"the endpoint answered {(int)status}: it may know no json_schema, no {options.OutputLimitName} or no such temperature", false, attempts),
    };

    private static async Task<byte[]?> ReadAsync(HttpResponseMessage response, CancellationToken ct)
    {
        if (response.Content.Headers.ContentLength > MostBytes) return null;
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, ct) is > 0 and var read)
        {
            if (body.Length + read > MostBytes) return null;
            body.Write(buffer, 0, read);
        }
        return body.ToArray();
    }

    private static ResiliencePipeline<HttpResponseMessage> Retry(ComposerOptions options, TimeProvider time)
    {
        var builder = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time };
        if (options.MaxRetries > 0)
        {
            builder.AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = options.MaxRetries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(500),
                MaxDelay = s_longestPause,
                ShouldHandle = outcome => ValueTask.FromResult(outcome.Outcome switch
                {
                    { Exception: HttpRequestException e } => NeverArrived(e),
                    { Result: { } answer } => MayComeLater(answer.StatusCode) && !(Pause(answer, time) > options.Timeout),
                    _ => false,
                }),
                DelayGenerator = outcome => ValueTask.FromResult(outcome.Outcome.Result is { } answer ? Pause(answer, time) : null),
            });
        }
        return builder.Build();
    }

    private static bool MayComeLater(HttpStatusCode status) =>
        status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or HttpStatusCode.InternalServerError
            or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    // RFC 9110, 10.2.3: seconds, or a date.
    private static TimeSpan? Pause(HttpResponseMessage answer, TimeProvider time) => answer.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date > time.GetUtcNow() ? date - time.GetUtcNow() : TimeSpan.Zero,
        _ => null,
    };

    private static bool NeverArrived(HttpRequestException e) =>
        e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError;
}
