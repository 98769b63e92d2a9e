using System.Collections.Frozen;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Pipeline.Infra.Identity;

/// <summary>The keys that the authority publishes. They are fetched when the first token comes, again twice a day, and when a token names a key that
/// is not among them, but not more often than <see cref="LeastBetween"/>: anybody can make up names. While the authority does not answer, the known keys go on.</summary>
public sealed class SigningKeys(IdentityOptions options, TimeProvider time) : IDisposable
{
    /// <summary>After this they are fetched again, so that a key that was withdrawn stops counting.</summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromHours(12);

    public static readonly TimeSpan LeastBetween = TimeSpan.FromMinutes(1);

    /// <summary>In bytes. Entra's are some 10 KB.</summary>
    public const int LargestAnswer = 512 * 1024;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_pauseWithoutAny = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = !options.Metadata.IsLoopback, PooledConnectionLifetime = TimeSpan.FromMinutes(5), MaxResponseHeadersLength = 64 })
    {
        Timeout = Timeout.InfiniteTimeSpan,
        MaxResponseContentBufferSize = LargestAnswer,
    };

    private readonly SemaphoreSlim _one = new(1, 1);
    private volatile Published? _published;
    private DateTimeOffset? _askedAt;
    private string _problem = "it was not asked yet";

    public void Dispose()
    {
        _http.Dispose();
        _one.Dispose();
    }

    /// <returns>Null: the authority publishes no such key.</returns>
    /// <exception cref="SigningKeysAwayException">No keys are known, and the authority gives none.</exception>
    public async Task<SecurityKey?> FindAsync(string kid, CancellationToken ct)
    {
        if (Known(kid) is { } known) return known;
        await _one.WaitAsync(ct);
        try
        {
            if (Known(kid) is { } meanwhile) return meanwhile;
            var now = time.GetUtcNow();
            var pause = _published is null ? s_pauseWithoutAny : LeastBetween;
            if (_askedAt is not { } asked || now - asked >= pause)
            {
                _askedAt = now;
                await FetchAsync(now);
            }
            return _published is { } published ? published.Keys.GetValueOrDefault(kid) : throw new SigningKeysAwayException(_problem);
        }
        finally
        {
            _one.Release();
        }
    }

    private SecurityKey? Known(string kid) =>
        _published is { } published && time.GetUtcNow() - published.At < FreshFor ? published.Keys.GetValueOrDefault(kid) : null;

    // Whoever asked first may go away; the others wait for the same answer.
    private async Task FetchAsync(DateTimeOffset now)
    {
        using var limit = new CancellationTokenSource(s_patience);
        try
        {
            var configuration = OpenIdConnectConfiguration.Create(await ReadAsync(options.Metadata, limit.Token));
            if (configuration.Issuer != options.Issuer) throw new InvalidDataException("its configuration is another issuer's");
            // Who can change the one document could change the other: nothing is gained by keys on another machine, but for one who has got at the first.
            if (!Uri.TryCreate(configuration.JwksUri, UriKind.Absolute, out var at) || at.Scheme != options.Metadata.Scheme || at.Authority != options.Metadata.Authority)
                throw new InvalidDataException("its keys are elsewhere than its configuration");
            var keys = new Dictionary<string, SecurityKey>(StringComparer.Ordinal);
            foreach (var published in new JsonWebKeySet(await ReadAsync(at, limit.Token)).Keys)
                if (PublishedKey.Of(published) is { } key) keys.TryAdd(key.KeyId, key);
            if (keys.Count == 0) throw new InvalidDataException("it publishes no keys");
            _published = new(keys.ToFrozenDictionary(StringComparer.Ordinal), now);
        }
        catch (OperationCanceledException)
        {
            _problem = "it does not answer in time";
        }
        // A document that is none may fail in any way that the parser knows.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _problem = e is HttpRequestException http ? $"it cannot be reached or answers otherwise ({http.StatusCode?.ToString() ?? http.HttpRequestError.ToString()})" : e is InvalidDataException ? e.Message : "its answer cannot be read";
        }
    }

    private async Task<string> ReadAsync(Uri address, CancellationToken ct)
    {
        using var answer = await _http.GetAsync(address, ct);
        return answer.StatusCode == System.Net.HttpStatusCode.OK ? await answer.Content.ReadAsStringAsync(ct) : throw new HttpRequestException(null, null, answer.StatusCode);
    }

    private sealed record Published(FrozenDictionary<string, SecurityKey> Keys, DateTimeOffset At);
}

/// <summary>No token can be judged now.</summary>
public sealed class SigningKeysAwayException(string why) : Exception($"the authority that issues tokens gives no keys: {why}");
