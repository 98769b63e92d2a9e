using System.Globalization;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace Pipeline.Infra.Blobs;

/// <summary>One container of Azure Blob Storage, by its REST API. What the service is too busy for (429, 500, 503), or does not answer in time, is sent
/// again after as long as it asks; so every write has a condition that makes it safe to send twice.</summary>
public sealed class BlobContainer
{
    /// <summary>The service's version.</summary>
    public const string Version = "2023-11-03";

    private const string Scope = "https://storage.azure.com/.default";

    private readonly HttpPipeline _pipeline;

    /// <param name="entra">Whom Entra ID knows the program as; used only where there is no key.</param>
    /// <param name="transport">What the requests go through; null: the network.</param>
    public BlobContainer(BlobContainerOptions options, Func<TokenCredential>? entra = null, HttpPipelineTransport? transport = null, BlobPatience? patience = null)
    {
        Options = options;
        patience ??= BlobPatience.Usual;
        var client = new ClientSettings
        {
            Retry = { Mode = RetryMode.Exponential, MaxRetries = patience.Retries, Delay = patience.Pause, MaxDelay = patience.LongestPause, NetworkTimeout = patience.PerTry },
            Diagnostics = { IsTelemetryEnabled = false, IsLoggingContentEnabled = false },
        };
        // A proxy does not lead to this machine.
        if (transport is not null) client.Transport = transport;
        else if (options.Address.IsLoopback) client.Transport = new HttpClientTransport(new HttpClient(new SocketsHttpHandler { UseProxy = false }));
        HttpPipelinePolicy who = options.DevelopmentKey.Length > 0
            ? new EmulatorKeyPolicy(options.Account, options.DevelopmentKey)
            : new BearerTokenAuthenticationPolicy((entra ?? (static () => new DefaultAzureCredential()))(), Scope);
        _pipeline = HttpPipelineBuilder.Build(client, who);
    }

    public BlobContainerOptions Options { get; }

    /// <summary>Writes a blob whole.</summary>
    /// <param name="name">Of characters that need no escape in a path.</param>
    /// <param name="over">The state of the blob that is to be replaced; null: there must be none.</param>
    /// <returns>Its new state; null when the blob is not, or no longer, as it was to be.</returns>
    /// <exception cref="BlobStorageException">From every method: the service refused, or cannot be reached.</exception>
    public async Task<ETag?> PutAsync(string name, ReadOnlyMemory<byte> content, ETag? over, CancellationToken ct = default)
    {
        using var message = Message(RequestMethod.Put, name);
        message.Request.Content = RequestContent.Create(content);
        message.Request.Headers.Add("x-ms-blob-type", "BlockBlob");
        message.Request.Headers.Add("Content-Type", "application/octet-stream");
        if (over is { } tag) message.Request.Headers.Add("If-Match", tag.ToString("H"));
        else message.Request.Headers.Add("If-None-Match", "*");
        var response = await SendAsync(message, ct);
        if (response.Status == 201) return response.Headers.ETag;
        if (response.Status == 412 || BlobAnswer.CodeOf(response) == "BlobAlreadyExists" || (over is not null && BlobAnswer.IsNoBlob(response))) return null;
        // Who has an emulator on the machine should not have to prepare it.
        if (Options.DevelopmentKey.Length > 0 && BlobAnswer.CodeOf(response) == "ContainerNotFound")
        {
            await CreateAsync(ct);
            return await PutAsync(name, content, over, ct);
        }
        throw BlobAnswer.Refusal(response, Options);
    }

    /// <returns>Null when there is none.</returns>
    public async Task<StoredBlob?> ReadAsync(string name, CancellationToken ct = default)
    {
        using var message = Message(RequestMethod.Get, name);
        var response = await SendAsync(message, ct);
        if (response.Status == 200) return new(response.Content.ToArray(), response.Headers.ETag ?? default);
        return IsAbsent(response) ? null : throw BlobAnswer.Refusal(response, Options);
    }

    /// <summary>Deletes a blob with its snapshots.</summary>
    /// <param name="only">The state of the blob that is to be deleted; null: any.</param>
    /// <returns>False when there was none, or one in another state.</returns>
    public async Task<bool> DeleteAsync(string name, ETag? only, CancellationToken ct = default)
    {
        using var message = Message(RequestMethod.Delete, name);
        if (only is { } tag) message.Request.Headers.Add("If-Match", tag.ToString("H"));
        message.Request.Headers.Add("x-ms-delete-snapshots", "include");
        var response = await SendAsync(message, ct);
        if (response.Status == 202) return true;
        return IsAbsent(response) || response.Status == 412 ? false : throw BlobAnswer.Refusal(response, Options);
    }

    /// <summary>The names that begin with something, a page at a time.</summary>
    /// <param name="most">On a page; the service takes no more than 5,000.</param>
    public async IAsyncEnumerable<IReadOnlyList<string>> ListAsync(string prefix, int most = 5_000, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct = default)
    {
        for (var marker = ""; ;)
        {
            using var message = Message(RequestMethod.Get, "");
            message.Request.Uri.AppendQuery("restype", "container");
            message.Request.Uri.AppendQuery("comp", "list");
            message.Request.Uri.AppendQuery("prefix", prefix);
            message.Request.Uri.AppendQuery("maxresults", most.ToString(CultureInfo.InvariantCulture));
            if (marker.Length > 0) message.Request.Uri.AppendQuery("marker", marker);
            var response = await SendAsync(message, ct);
            if (response.Status != 200)
            {
                if (IsAbsent(response)) yield break;
                throw BlobAnswer.Refusal(response, Options);
            }
            var (names, next) = BlobAnswer.NamesIn(response);
            yield return names;
            if (next.Length == 0) yield break;
            marker = next;
        }
    }

    // In an emulator's container that nobody has written to yet, there is nothing.
    private bool IsAbsent(Response response) =>
        BlobAnswer.IsNoBlob(response) || (Options.DevelopmentKey.Length > 0 && BlobAnswer.CodeOf(response) == "ContainerNotFound");

    private async Task CreateAsync(CancellationToken ct)
    {
        using var message = Message(RequestMethod.Put, "");
        message.Request.Uri.AppendQuery("restype", "container");
        var response = await SendAsync(message, ct);
        if (response.Status is not (201 or 409)) throw BlobAnswer.Refusal(response, Options);
    }

    private HttpMessage Message(RequestMethod method, string name)
    {
        var message = _pipeline.CreateMessage();
        message.Request.Method = method;
        message.Request.Uri.Reset(Options.Address);
        if (name.Length > 0) message.Request.Uri.AppendPath($"/{name}", escape: false);
        message.Request.Headers.Add("x-ms-version", Version);
        return message;
    }

    private async Task<Response> SendAsync(HttpMessage message, CancellationToken ct)
    {
        try
        {
            await _pipeline.SendAsync(message, ct);
            return message.Response;
        }
        catch (AuthenticationFailedException e)
        {
            throw new BlobStorageException($"Entra ID gave no token for Blob Storage ({e.GetType().Name}): has this program an identity, and is AZURE_CLIENT_ID its own?", e);
        }
        // After its last try the pipeline throws what every try came to, together.
        catch (Exception e) when ((e is AggregateException or RequestFailedException or OperationCanceledException) && !ct.IsCancellationRequested)
        {
            throw new BlobStorageException($"Blob Storage at {Options.Address.Host} cannot be reached", e);
        }
    }

    private sealed class ClientSettings : ClientOptions;
}

/// <param name="State">Changes with every write.</param>
public sealed record StoredBlob(byte[] Content, ETag State);

/// <summary>How long an answer is waited for.</summary>
/// <param name="Pause">Before the second try; each later one twice as long, unless the service says how long.</param>
public sealed record BlobPatience(int Retries, TimeSpan Pause, TimeSpan LongestPause, TimeSpan PerTry)
{
    public static BlobPatience Usual { get; } = new(5, TimeSpan.FromSeconds(0.4), TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(60));

    /// <summary>For what others wait on.</summary>
    public static BlobPatience Short { get; } = new(2, TimeSpan.FromSeconds(0.2), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(5));
}
