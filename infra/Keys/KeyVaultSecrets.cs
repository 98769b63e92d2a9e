using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using Azure.Security.KeyVault.Secrets;

namespace Pipeline.Infra.Keys;

/// <summary>The secrets of one Key Vault. A secret has versions: setting it adds one, and none is ever replaced.</summary>
public sealed class KeyVaultSecrets
{
    private const int TooBusy = 429, NotFound = 404, Conflict = 409;

    private readonly SecretClient _client;

    /// <param name="entra">Whom Entra ID knows the program as.</param>
    /// <param name="transport">What the requests go through; null: the network.</param>
    public KeyVaultSecrets(Uri vault, Func<TokenCredential>? entra = null, HttpPipelineTransport? transport = null)
    {
        var options = new SecretClientOptions(SecretClientOptions.ServiceVersion.V7_4)
        {
            Retry = { Mode = RetryMode.Exponential, MaxRetries = 4, MaxDelay = TimeSpan.FromSeconds(10), NetworkTimeout = TimeSpan.FromSeconds(20) },
            Diagnostics = { IsTelemetryEnabled = false, IsLoggingContentEnabled = false },
        };
        if (transport is not null) options.Transport = transport;
        _client = new(vault, (entra ?? (static () => new DefaultAzureCredential()))(), options);
    }

    public string Host => _client.VaultUri.Host;

    /// <param name="version">Empty: the newest.</param>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="KeyVaultException">From every method: the vault refused, or cannot be reached.</exception>
    public Task<string?> FindAsync(string name, string version, CancellationToken ct) => CallAsync(async () =>
    {
        try
        {
            return (await _client.GetSecretAsync(name, version.Length > 0 ? version : null, ct)).Value.Value;
        }
        catch (RequestFailedException e) when (e.Status == NotFound)
        {
            return null;
        }
    }, name, ct);

    /// <summary>The versions that may be read, oldest first; none when there is no such secret.</summary>
    public Task<IReadOnlyList<string>> VersionsAsync(string name, CancellationToken ct) => CallAsync<IReadOnlyList<string>>(async () =>
    {
        List<SecretProperties> found = [];
        try
        {
            await foreach (var version in _client.GetPropertiesOfSecretVersionsAsync(name, ct)) found.Add(version);
        }
        catch (RequestFailedException e) when (e.Status == NotFound)
        {
            return [];
        }
        return [.. found.Where(v => v.Enabled != false).OrderBy(v => v.CreatedOn).ThenBy(v => v.Version, StringComparer.Ordinal).Select(v => v.Version)];
    }, name, ct);

    /// <summary>Adds a version, which is the newest then.</summary>
    /// <param name="contentType">For people who look at the vault.</param>
    public Task AddAsync(string name, string value, string contentType, CancellationToken ct) =>
        CallAsync(() => _client.SetSecretAsync(new KeyVaultSecret(name, value) { Properties = { ContentType = contentType } }, ct), name, ct);

    private async Task<T> CallAsync<T>(Func<Task<T>> call, string name, CancellationToken ct)
    {
        try
        {
            return await call();
        }
        catch (RequestFailedException e)
        {
            throw new KeyVaultException(e.Status switch
            {
                0 => $"the key vault {Host} cannot be reached",
                401 => $"the key vault {Host} does not accept who this program is (401)",
                403 => $"the key vault {Host} gives no access to secret {name} (403 {e.ErrorCode}): the program's identity needs the role Key Vault Secrets Officer there (Key Vault Secrets User where all keys have been made), "
                    + "the vault's network rules must let it in, and the secret's version must not be disabled",
                Conflict => $"secret {name} in the key vault {Host} was deleted and can be recovered: recover it (az keyvault secret recover)",
                TooBusy or >= 500 => $"the key vault {Host} is too busy ({e.Status})",
                _ => $"the key vault {Host} answered {e.Status} {e.ErrorCode} for secret {name}",
            }, e);
        }
        catch (AuthenticationFailedException e)
        {
            throw new KeyVaultException($"Entra ID gave no token for the key vault {Host} ({e.GetType().Name}): has this program an identity, and is AZURE_CLIENT_ID its own?", e);
        }
        // After its last try the client throws what every try came to, together.
        catch (Exception e) when ((e is AggregateException or OperationCanceledException) && !ct.IsCancellationRequested)
        {
            throw new KeyVaultException($"the key vault {Host} cannot be reached", e);
        }
    }
}
