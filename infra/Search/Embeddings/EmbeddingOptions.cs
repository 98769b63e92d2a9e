using System.Globalization;
using Pipeline.Infra.Configuration;

namespace Pipeline.Infra.Search.Embeddings;

/// <summary>Which model makes embeddings, and what may be asked of it.</summary>
public sealed record EmbeddingOptions
{
    /// <summary>The base address of an API with <c>POST /embeddings</c> as OpenAI's.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The model's name at the endpoint; with <see cref="ApiVersion"/> the deployment's.</summary>
    public required string Model { get; init; }
    public string ApiKey { get; init; } = "";

    /// <summary>Of Azure OpenAI's older addresses; empty for all others.</summary>
    public string ApiVersion { get; init; } = "";
    public EmbeddingAuth Auth { get; init; }

    /// <summary>Asked for, and insisted on; null: as many as the model has.</summary>
    public int? Dimensions { get; init; }

    /// <summary>For a request of a search; a search that would wait longer goes by words alone.</summary>
    public TimeSpan QueryTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>For a request with its retries, when skills are indexed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Texts in one request.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Of a text, what is behind is left out.</summary>
    public int MostCharacters { get; init; } = 8_000;

    /// <summary>Vectors of another model, of other dimensions or of texts cut otherwise cannot be compared.</summary>
    public string Identity => string.Create(CultureInfo.InvariantCulture, $"{Model}:{Dimensions ?? 0}:{MostCharacters}");

    internal Uri Address
    {
        get
        {
            var root = Endpoint.AbsoluteUri.TrimEnd('/');
            return ApiVersion.Length == 0
                ? new($"{root}/embeddings")
                : new($"{root}/openai/deployments/{Uri.EscapeDataString(Model)}/embeddings?api-version={Uri.EscapeDataString(ApiVersion)}");
        }
    }

    /// <summary>Null where nothing is given.</summary>
    internal static EmbeddingOptions? Read(SettingReader settings)
    {
        if (settings.IsEmpty) return null;
        var endpoint = settings.Address("Endpoint", "https://api.openai.com/v1", settings.OneOf("AllowHttp", "false", "true", "false") == "true");
        var (model, key) = (settings.Text("Model"), settings.Key("ApiKey"));
        var isAzure = endpoint?.IdnHost.EndsWith(".azure.com", StringComparison.OrdinalIgnoreCase) == true;
        var auth = settings.OneOf("Auth", key.Length > 0 ? isAzure ? "azure-key" : "key" : isAzure ? "entra" : "none", "none", "key", "azure-key", "entra");
        if (endpoint is null && settings.Text("Endpoint").Length == 0) settings.Wrong("Endpoint", "is missing, and other settings of embeddings are given", 0);
        if (model.Length == 0) settings.Wrong("Model", "is missing: the model's name at the endpoint", 0);
        if (auth is "key" or "azure-key" && key.Length == 0) settings.Wrong("ApiKey", "is missing", 0);
        var dimensions = settings.Number("Dimensions", 2, 4096, 0);
        var read = new EmbeddingOptions
        {
            Endpoint = endpoint ?? new("http://localhost"),
            Model = model,
            ApiKey = key,
            ApiVersion = settings.Text("ApiVersion"),
            Auth = auth switch { "key" => EmbeddingAuth.Key, "azure-key" => EmbeddingAuth.AzureKey, "entra" => EmbeddingAuth.Entra, _ => EmbeddingAuth.None },
            Dimensions = dimensions == 0 ? null : dimensions,
            QueryTimeout = TimeSpan.FromSeconds(settings.Number("QueryTimeout", 1, 60, 3)),
            Timeout = TimeSpan.FromSeconds(settings.Number("Timeout", 1, 600, 60)),
            BatchSize = settings.Number("BatchSize", 1, 2_048, 32),
            MostCharacters = settings.Number("MaxCharacters", 100, 100_000, 8_000),
        };
        return read;
    }

    /// <summary>Nothing secret in it.</summary>
    public override string ToString() => $"{Model} at {Endpoint.IdnHost}";
}

/// <summary>How requests say who sends them.</summary>
public enum EmbeddingAuth
{
    None,

    /// <summary>The key as a bearer token.</summary>
    Key,

    /// <summary>The key in Azure's <c>api-key</c> header.</summary>
    AzureKey,

    /// <summary>A token of Microsoft Entra ID for whoever the program runs as.</summary>
    Entra,
}
