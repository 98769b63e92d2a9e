using System.Net;
using System.Net.Http.Headers;
using System.Net.Mime;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Pipeline.Domain.Ledger;
using Polly;
using Polly.Retry;

namespace Pipeline.Functions.Cli.Api;

/// <summary>Requests and answers in JSON, retried while the server is briefly away; what it refuses becomes a <see cref="LedgerApiException"/>.</summary>
/// <remarks>Everything that is sent may be sent twice: events have identities, commands have an idempotency key, imports compare content.</remarks>
internal sealed class LedgerHttp(HttpClient http)
{
    private const int Retries = 6;

    // 0.2 s, 0.4 s, ... 6.4 s: a server that restarts is back by then, one that is gone is soon known to be.
    private readonly ResiliencePipeline<HttpResponseMessage> patiently = new ResiliencePipelineBuilder<HttpResponseMessage>()
        .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
        {
            MaxRetryAttempts = Retries,
            Delay = TimeSpan.FromMilliseconds(200),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            DelayGenerator = arguments => ValueTask.FromResult(arguments.Outcome.Result?.Headers.RetryAfter?.Delta),
            ShouldHandle = arguments => ValueTask.FromResult(
                arguments.Outcome.Exception is HttpRequestException || arguments.Outcome.Result is { } answer && IsBrieflyAway(answer.StatusCode)),
        })
        .Build();

    public Task<Answer<T>> GetAsync<T>(string route, CancellationToken ct) => AnswerAsync<T>(() => new(HttpMethod.Get, route), ct);

    public Task<Answer<T>> PostAsync<T>(string route, object body, CancellationToken ct, Action<HttpRequestHeaders>? headers = null) =>
        PostAsync<T>(route, JsonSerializer.SerializeToUtf8Bytes(body, LedgerJson.Options), MediaTypeNames.Application.Json, ct, headers);

    public Task<Answer<T>> PostAsync<T>(
        string route, ReadOnlyMemory<byte> body, string mediaType, CancellationToken ct, Action<HttpRequestHeaders>? headers = null) =>
        AnswerAsync<T>(() =>
        {
            var request = new HttpRequestMessage(HttpMethod.Post, route) { Content = new ReadOnlyMemoryContent(body) };
            request.Content.Headers.ContentType = new(mediaType);
            headers?.Invoke(request.Headers);
            return request;
        }, ct);

    public async Task<byte[]> BytesAsync(string route, CancellationToken ct)
    {
        using var answer = await SendAsync(() => new(HttpMethod.Get, route), ct);
        return await answer.Content.ReadAsByteArrayAsync(ct);
    }

    /// <summary>An answer of a JSON document a line, as the lines come. The wait is for the first one only.</summary>
    /// <param name="body">Null: a GET.</param>
    /// <exception cref="HttpRequestException">The answer breaks off.</exception>
    public async IAsyncEnumerable<JsonElement> LinesAsync(string route, (ReadOnlyMemory<byte> Content, string MediaType)? body, [EnumeratorCancellation] CancellationToken ct)
    {
        using var answer = await SendAsync(() =>
        {
            var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, route);
            if (body is not { } sent) return request;
            request.Content = new ReadOnlyMemoryContent(sent.Content);
            request.Content.Headers.ContentType = new(sent.MediaType);
            return request;
        }, ct, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(ct));
        while (await LineAsync(reader, ct) is { } line) yield return JsonElement.Parse(line);
    }

    /// <summary>Whether the server answers at all, asked once.</summary>
    /// <exception cref="HttpRequestException">It does not.</exception>
    public async Task ProbeAsync(CancellationToken ct)
    {
        using var answer = await http.GetAsync("healthz", ct);
        if (!answer.IsSuccessStatusCode) throw await ProblemAsync(answer, ct);
    }

    private async Task<Answer<T>> AnswerAsync<T>(Func<HttpRequestMessage> request, CancellationToken ct)
    {
        using var answer = await SendAsync(request, ct);
        try
        {
            return Answer<T>.Of(JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync(ct)));
        }
        catch (JsonException e)
        {
            throw new CliFailure(ExitCodes.NoServer,
                $"{answer.RequestMessage?.RequestUri} did not answer as this program's server does: {e.Message} Check --url, and that both are of one version.");
        }
    }

    private static async Task<string?> LineAsync(StreamReader reader, CancellationToken ct)
    {
        try
        {
            return await reader.ReadLineAsync(ct);
        }
        catch (IOException e)
        {
            throw new HttpRequestException("its answer broke off.", e);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        Func<HttpRequestMessage> request, CancellationToken ct, HttpCompletionOption until = HttpCompletionOption.ResponseContentRead)
    {
        var answer = await patiently.ExecuteAsync(async token =>
        {
            using var message = request();
            return await http.SendAsync(message, until, token);
        }, ct);
        if (answer.IsSuccessStatusCode) return answer;
        using (answer) throw await ProblemAsync(answer, ct);
    }

    private static async Task<LedgerApiException> ProblemAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        var status = (int)answer.StatusCode;
        try
        {
            var problem = JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync(ct));
            if (problem.ValueKind == JsonValueKind.Object && (Member(problem, "detail") ?? Member(problem, "title")) is { } detail)
                return new(status, Member(problem, "code") ?? "", detail, problem);
        }
        catch (JsonException)
        {
            // No problem document: something between us and the server answered.
        }

        var hint = status is 401 or 403 or (>= 300 and < 400)
            ? $"Who it lets in has a bearer token, in {ServerAccess.TokenVariable} or in the file that {ServerAccess.TokenFileVariable} names."
            : "Check --url and the server's log.";
        return new(status, "", $"{answer.RequestMessage?.RequestUri} answered {status} {answer.ReasonPhrase} and gave no reason. {hint}", null);
    }

    private static string? Member(JsonElement problem, string name) =>
        problem.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool IsBrieflyAway(HttpStatusCode status) =>
        status is HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;
}
