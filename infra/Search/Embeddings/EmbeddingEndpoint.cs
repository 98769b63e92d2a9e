using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Core;
using Azure.Identity;
using Polly;
using Polly.Retry;

namespace Pipeline.Infra.Search.Embeddings;

/// <summary>Asks the configured endpoint for embeddings. It waits no longer than it was told, reads no more than it can use, and believes no
/// answer that is not as was asked: another count, other dimensions, or what is no number.</summary>
/// <param name="http">Without a timeout of its own, and following no redirection: a key is for one host.</param>
/// <param name="entra">Whom Entra ID knows the program as; used only where the options ask for it.</param>
public sealed class EmbeddingEndpoint(HttpClient http, EmbeddingOptions options, TimeProvider time, Func<TokenCredential>? entra = null)
{
    // 4,096 numbers of some 20 characters each, and what is around them.
    private const int MostBytesPerText = 128 * 1024;
    private const int MostRetries = 4;
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(20);
    private static readonly TokenRequestContext s_scope = new(["https://cognitiveservices.azure.com/.default"]);

    private readonly Lazy<TokenCredential> _entra = new(entra ?? (static () => new DefaultAzureCredential()));
    private readonly ResiliencePipeline<HttpResponseMessage> _retry = Retry(options, time);

    /// <param name="texts">At most <see cref="EmbeddingOptions.BatchSize"/>.</param>
    /// <param name="timeout">For all tries together.</param>
    /// <returns>A vector of length 1 for each text, in their order.</returns>
    /// <exception cref="EmbeddingException">There are none to be had now; the message says why, and quotes nothing of the texts.</exception>
    public async Task<IReadOnlyList<ReadOnlyMemory<float>>> EmbedAsync(IReadOnlyList<string> texts, TimeSpan timeout, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            using var response = await _retry.ExecuteAsync(async token =>
            {
                using var message = await MessageAsync(texts, token);
                return await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, token);
            }, either.Token);
            if (!response.IsSuccessStatusCode) throw new EmbeddingException($"the endpoint answered {(int)response.StatusCode}") { IsOfTheTexts = (int)response.StatusCode is 400 or 413 or 422 };
            return Vectors(await BodyAsync(response, texts.Count * MostBytesPerText, either.Token), texts.Count);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new EmbeddingException($"there was no whole answer within {timeout.TotalSeconds} seconds");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new EmbeddingException("the endpoint cannot be reached", e);
        }
        catch (AuthenticationFailedException e)
        {
            throw new EmbeddingException($"Entra ID gave no token ({e.GetType().Name})");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new EmbeddingException("the answer is not what an embeddings endpoint answers");
        }
    }

    private async Task<HttpRequestMessage> MessageAsync(IReadOnlyList<string> texts, CancellationToken ct)
    {
        var body = new JsonObject { ["model"] = options.Model, ["input"] = new JsonArray([.. texts.Select(t => JsonValue.Create(t))]), ["encoding_format"] = "float" };
        if (options.Dimensions is { } dimensions) body["dimensions"] = dimensions;
        var message = new HttpRequestMessage(HttpMethod.Post, options.Address) { Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(body)) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        if (options.Auth == EmbeddingAuth.Key) message.Headers.Authorization = new("Bearer", options.ApiKey);
        else if (options.Auth == EmbeddingAuth.AzureKey) message.Headers.TryAddWithoutValidation("api-key", options.ApiKey);
        else if (options.Auth == EmbeddingAuth.Entra) message.Headers.Authorization = new("Bearer", (await _entra.Value.GetTokenAsync(s_scope, ct)).Token);
        return message;
    }

    private static async Task<byte[]> BodyAsync(HttpResponseMessage response, int mostBytes, CancellationToken ct)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(ct);
        using var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (await stream.ReadAsync(buffer, ct) is > 0 and var read)
        {
            if (body.Length + read > mostBytes) throw new EmbeddingException($"the answer has more than {mostBytes} bytes");
            body.Write(buffer, 0, read);
        }
        return body.ToArray();
    }

    private ReadOnlyMemory<float>[] Vectors(byte[] body, int count)
    {
        var vectors = new ReadOnlyMemory<float>[count];
        var data = JsonElement.Parse(body).GetProperty("data");
        if (data.GetArrayLength() != count) throw new EmbeddingException($"{data.GetArrayLength()} embeddings came for {count} texts");
        var position = 0;
        foreach (var item in data.EnumerateArray())
        {
            var index = item.TryGetProperty("index", out var told) ? told.GetInt32() : position;
            if (index < 0 || index >= count || vectors[index].Length > 0) throw new EmbeddingException("the answer does not say which embedding is for which text");
            vectors[index] = OfLengthOne([.. item.GetProperty("embedding").EnumerateArray().Select(n => n.GetSingle())]);
            position++;
        }
        return vectors;
    }

    private float[] OfLengthOne(float[] vector)
    {
        if (options.Dimensions is { } wanted && vector.Length != wanted) throw new EmbeddingException($"an embedding has {vector.Length} dimensions and not {wanted}");
        var length = Math.Sqrt(vector.Sum(n => (double)n * n));
        if (vector.Length == 0 || !double.IsFinite(length) || length == 0) throw new EmbeddingException("an embedding has no direction");
        return Array.ConvertAll(vector, n => (float)(n / length));
    }

    private static ResiliencePipeline<HttpResponseMessage> Retry(EmbeddingOptions options, TimeProvider time) =>
        new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = MostRetries,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(500),
                MaxDelay = s_longestPause,
                ShouldHandle = outcome => ValueTask.FromResult(
                    outcome.Outcome.Exception is HttpRequestException || (outcome.Outcome.Result is { } answer && MayComeLater(answer.StatusCode) && !(PauseOf(answer, time) > options.Timeout))),
                DelayGenerator = outcome => ValueTask.FromResult(outcome.Outcome.Result is { } answer ? PauseOf(answer, time) : null),
            })
            .Build();

    private static bool MayComeLater(HttpStatusCode status) => status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError;

    private static TimeSpan? PauseOf(HttpResponseMessage answer, TimeProvider time) => answer.Headers.RetryAfter switch
    {
        { Delta: { } pause } => pause,
        { Date: { } date } when date > time.GetUtcNow() => date - time.GetUtcNow(),
        _ => null,
    };
}

/// <summary>There are no embeddings to be had now; the message says why.</summary>
public sealed class EmbeddingException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Whether it may be one of the texts that the endpoint does not take.</summary>
    public bool IsOfTheTexts { get; init; }
}
