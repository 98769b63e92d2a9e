using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Search.Documents;
using Azure.Search.Documents.Indexes;

namespace Pipeline.Infra.Search.AzureSearch;

/// <summary>The clients of one search service. They send again what the service was too busy for (429, 503), after as long as it asks.</summary>
/// <param name="transport">What the requests go through; null: the network.</param>
/// <param name="entra">Whom Entra ID knows the program as; used only where there is no key.</param>
public sealed class AzureSearchService(AzureSearchOptions options, HttpPipelineTransport? transport = null, Func<TokenCredential>? entra = null)
{
    private const int MostRetries = 5;
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30);

    private readonly Lazy<TokenCredential> _entra = new(entra ?? (static () => new DefaultAzureCredential()));
    private SearchIndexClient? _indexes;

    public AzureSearchOptions Options => options;

    public SearchIndexClient Indexes => _indexes ??= options.ApiKey.Length > 0
        ? new(options.Endpoint, new AzureKeyCredential(options.ApiKey), ClientOptions())
        : new(options.Endpoint, _entra.Value, ClientOptions());

    public SearchClient Documents(string index) => Indexes.GetSearchClient(index);

    /// <summary>Does something with the service; whatever keeps it from being done becomes one kind of exception that quotes nothing of it.</summary>
    /// <exception cref="SearchUnavailableException">The service refused, or cannot be reached.</exception>
    internal static async Task<T> CallAsync<T>(Func<Task<T>> call, CancellationToken ct)
    {
        try
        {
            return await call();
        }
        catch (RequestFailedException e)
        {
            throw new SearchUnavailableException(e.Status switch
            {
                0 => "the search service cannot be reached",
                401 or 403 => $"the search service answered {e.Status}: check Search:ApiKey, or the identity's roles (Search Index Data Contributor and Search Service Contributor)",
                429 or 503 => $"the search service is too busy ({e.Status})",
                _ => $"the search service answered {e.Status} {e.ErrorCode}",
            }, e);
        }
        catch (AuthenticationFailedException e)
        {
            throw new SearchUnavailableException($"Entra ID gave no token ({e.GetType().Name})", e);
        }
        catch (UploadIncompleteException e)
        {
            throw new SearchUnavailableException(e.Message, e);
        }
        // After its last try the client throws what every try came to, together.
        catch (Exception e) when ((e is AggregateException or OperationCanceledException) && !ct.IsCancellationRequested)
        {
            throw new SearchUnavailableException("the search service cannot be reached", e);
        }
    }

    private SearchClientOptions ClientOptions()
    {
        var made = new SearchClientOptions(SearchClientOptions.ServiceVersion.V2023_11_01)
        {
            Retry = { Mode = RetryMode.Exponential, MaxRetries = MostRetries, MaxDelay = s_longestPause, NetworkTimeout = TimeSpan.FromSeconds(100) },
            Diagnostics = { IsTelemetryEnabled = false, IsLoggingContentEnabled = false },
        };
        if (transport is not null) made.Transport = transport;
        return made;
    }
}
