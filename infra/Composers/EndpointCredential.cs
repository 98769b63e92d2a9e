using System.Net.Http.Headers;
using Azure.Core;
using Azure.Identity;

namespace Pipeline.Infra.Composers;

/// <summary>Says to the endpoint who sends a request.</summary>
/// <param name="entra">Whom Entra ID knows the program as; used only where the options ask for it.</param>
public sealed class EndpointCredential(ComposerOptions options, Func<TokenCredential> entra)
{
    private static readonly TokenRequestContext s_scope = new(["https://cognitiveservices.azure.com/.default"]);

    private readonly Lazy<TokenCredential> _entra = new(entra);

    public EndpointCredential(ComposerOptions options) : this(options, static () => new DefaultAzureCredential()) { }

    /// <exception cref="AuthenticationFailedException">Entra ID gave no token.</exception>
    public async ValueTask ApplyAsync(HttpRequestMessage request, CancellationToken ct)
    {
        switch (options.Auth)
        {
            case ComposerAuth.Key:
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", options.ApiKey);
                break;
            case ComposerAuth.AzureKey:
                request.Headers.TryAddWithoutValidation("api-key", options.ApiKey);
                break;
            case ComposerAuth.Entra:
                // The credential keeps its token until shortly before it ends.
                var token = await _entra.Value.GetTokenAsync(s_scope, ct);
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token.Token);
                break;
        }
    }
}
