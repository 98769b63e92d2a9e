using System.Globalization;

namespace Pipeline.Infra.Composers;

/// <summary>Which language model words the miner's drafts, and what it may cost. Nothing is asked unless an endpoint is configured.</summary>
public sealed record ComposerOptions
{
    public static ComposerOptions Off { get; } = new();

    /// <summary>The base address of an OpenAI-compatible API, e.g. <c>https://api.openai.com/v1</c>; null: none.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>The model's name there; on Azure the deployment's.</summary>
    public string Model { get; init; } = "";
    public ComposerAuth Auth { get; init; } = ComposerAuth.None;
    public string ApiKey { get; init; } = "";

    /// <summary>The Azure OpenAI API's version where the address is a resource's and not its <c>/openai/v1</c>; else empty.</summary>
    public string ApiVersion { get; init; } = "";

    /// <summary>For one answer, all attempts and pauses between them together.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>After the first attempt; only what was not answered, and so not billed, is tried again.</summary>
    public int MaxRetries { get; init; } = 3;
    public int MaxOutputTokens { get; init; } = 4000;
    public long MaxTokensPerCall { get; init; } = 50_000;

    /// <summary>Of a day in UTC, by all instances on one database.</summary>
    public long MaxTokensPerDay { get; init; } = 1_000_000;

    /// <summary>US dollars for a million tokens; so is <see cref="OutputPrice"/>.</summary>
    public decimal InputPrice { get; init; }
    public decimal OutputPrice { get; init; }

    /// <summary>US dollars; null: no ceiling but that on tokens. So is <see cref="MaxCostPerDay"/>.</summary>
    public decimal? MaxCostPerCall { get; init; }
    public decimal? MaxCostPerDay { get; init; }

    /// <summary>Not sent unless given: some models take none.</summary>
    public double? Temperature { get; init; }

    /// <summary>What the endpoint calls the limit of output tokens.</summary>
    public string OutputLimitName { get; init; } = "max_tokens";

    public bool IsOn => Endpoint is not null;

    /// <summary>Host and port, for people and for the record.</summary>
    public string SentTo => Endpoint is null ? "" : $"{Endpoint.IdnHost}:{Endpoint.Port.ToString(CultureInfo.InvariantCulture)}";

    public bool IsAzure => Endpoint?.IdnHost.EndsWith(".azure.com", StringComparison.OrdinalIgnoreCase) == true;

    public Uri Address
    {
        get
        {
            var root = Endpoint!.AbsoluteUri.TrimEnd('/');
            return ApiVersion.Length == 0
                ? new($"{root}/chat/completions")
                : new($"{root}/openai/deployments/{Uri.EscapeDataString(Model)}/chat/completions?api-version={Uri.EscapeDataString(ApiVersion)}");
        }
    }

    /// <summary>In millionths of a US dollar, rounded up: a dollar for a million tokens is a millionth for one.</summary>
    public long CostOf(long inputTokens, long outputTokens) => (long)decimal.Ceiling((inputTokens * InputPrice) + (outputTokens * OutputPrice));

    /// <summary>Nothing secret in it.</summary>
    public override string ToString() => IsOn ? $"{Model} at {SentTo}" : "off";
}

/// <summary>How requests say who sends them.</summary>
public enum ComposerAuth
{
    None,

    /// <summary>The key as a bearer token.</summary>
    Key,

    /// <summary>The key in Azure's <c>api-key</c> header.</summary>
    AzureKey,

    /// <summary>A token of Microsoft Entra ID for whoever the program runs as.</summary>
    Entra,
}

/// <summary>The configuration of the composer cannot be used; the message says which setting and why.</summary>
public sealed class ComposerConfigurationException(string message) : Exception(message);
