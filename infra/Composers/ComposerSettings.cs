using System.Globalization;

namespace Pipeline.Infra.Composers;

/// <summary>Reads the composer's options from settings by name; a setting that nobody knows, or a value out of range, is refused by its name.</summary>
public sealed class ComposerSettings
{
    /// <summary>The section of the configuration: <c>Composer:Endpoint</c>, as a variable <c>Composer__Endpoint</c>.</summary>
    public const string Section = "Composer";

    private readonly Dictionary<string, string> _settings;
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _problems = [];

    private ComposerSettings(IEnumerable<KeyValuePair<string, string?>> settings) =>
        _settings = settings.Where(s => !string.IsNullOrWhiteSpace(s.Value)).ToDictionary(s => s.Key, s => s.Value!.Trim(), StringComparer.OrdinalIgnoreCase);

    /// <param name="settings">Names without the section's; empty ones count as not given.</param>
    /// <exception cref="ComposerConfigurationException">They cannot be used.</exception>
    public static ComposerOptions Read(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        var reader = new ComposerSettings(settings);
        var options = reader.Options();
        if (reader._problems.Count > 0) throw new ComposerConfigurationException(string.Join("; ", reader._problems));
        return options;
    }

    private ComposerOptions Options()
    {
        var defaults = ComposerOptions.Off;
        var endpoint = Endpoint(Text("Endpoint"));
        var key = Text("ApiKey");
        var options = defaults with
        {
            Endpoint = endpoint,
            Model = Text("Model"),
            ApiKey = key,
            ApiVersion = Text("ApiVersion"),
            Timeout = TimeSpan.FromSeconds(Number("Timeout", 1, 1500, (int)defaults.Timeout.TotalSeconds)),
            MaxRetries = (int)Number("MaxRetries", 0, 10, defaults.MaxRetries),
            MaxOutputTokens = (int)Number("MaxOutputTokens", 100, 100_000, defaults.MaxOutputTokens),
            MaxTokensPerCall = Number("MaxTokensPerCall", 1, 10_000_000, defaults.MaxTokensPerCall),
            MaxTokensPerDay = Number("MaxTokensPerDay", 1, 1_000_000_000_000, defaults.MaxTokensPerDay),
            InputPrice = Money("InputPrice") ?? 0,
            OutputPrice = Money("OutputPrice") ?? 0,
            MaxCostPerCall = Money("MaxCostPerCall"),
            MaxCostPerDay = Money("MaxCostPerDay"),
            Temperature = Temperature(),
        };
        options = options with
        {
            Auth = Auth(Text("Auth"), options),
            OutputLimitName = OneOf("OutputLimit", options.IsAzure || endpoint?.IdnHost == "api.openai.com" ? "max_completion_tokens" : "max_tokens", "max_tokens", "max_completion_tokens"),
        };
        Check(options, OneOf("AllowHttp", "false", "true", "false") == "true");
        return options;
    }

    private void Check(ComposerOptions options, bool allowsHttp)
    {
        foreach (var name in _settings.Keys.Where(n => !_known.Contains(n)).Order(StringComparer.Ordinal))
            _problems.Add($"{Section}:{name} is not known; there are {string.Join(", ", _known.Order(StringComparer.Ordinal))}");
        if (!options.IsOn)
        {
            if (_settings.Count > 0 && !_settings.ContainsKey("Endpoint")) _problems.Add($"{Section}:Endpoint is missing, and {Section}:{_settings.Keys.Order(StringComparer.Ordinal).First()} is given");
            return;
        }
        if (options.Model.Length == 0) _problems.Add($"{Section}:Model is missing: the model's name at the endpoint");
        if (options.Endpoint!.Scheme == Uri.UriSchemeHttp && !options.Endpoint.IsLoopback && !allowsHttp)
            _problems.Add($"{Section}:Endpoint is http and not on this machine, so that anybody on the way could read along; use https, or set {Section}:AllowHttp to true");
        if (options.Auth is ComposerAuth.Key or ComposerAuth.AzureKey && options.ApiKey.Length == 0) _problems.Add($"{Section}:ApiKey is missing");
        if (options.ApiKey.Any(c => c is < '!' or > '~')) _problems.Add($"{Section}:ApiKey has blanks or characters in it that no key has");
        var hasPrices = options.InputPrice > 0 || options.OutputPrice > 0;
        if ((options.MaxCostPerDay ?? options.MaxCostPerCall) is not null && !hasPrices)
            _problems.Add($"a ceiling on cost needs {Section}:InputPrice and {Section}:OutputPrice (US dollars for a million tokens); without prices use {Section}:MaxTokensPerDay");
    }

    private Uri? Endpoint(string text)
    {
        if (text.Length == 0) return null;
        if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri is { Query.Length: 0, Fragment.Length: 0, UserInfo.Length: 0 })
        {
            if (!uri.AbsolutePath.TrimEnd('/').EndsWith("/chat/completions", StringComparison.Ordinal)) return uri;
            _problems.Add($"{Section}:Endpoint is the base address; leave /chat/completions out");
            return null;
        }
        _problems.Add($"{Section}:Endpoint is no address such as https://api.openai.com/v1 (without user, query and fragment)");
        return null;
    }

    private ComposerAuth Auth(string text, ComposerOptions options) => text.ToLowerInvariant() switch
    {
        "" => options.ApiKey.Length > 0 ? options.IsAzure ? ComposerAuth.AzureKey : ComposerAuth.Key : options.IsAzure ? ComposerAuth.Entra : ComposerAuth.None,
        "none" => ComposerAuth.None,
        "key" => ComposerAuth.Key,
        "azure-key" => ComposerAuth.AzureKey,
        "entra" => ComposerAuth.Entra,
        _ => Wrong("Auth", "is none, key, azure-key or entra", ComposerAuth.None),
    };

    private double? Temperature()
    {
        var text = Text("Temperature");
        if (text.Length == 0) return null;
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value is >= 0 and <= 2 ? value : Wrong<double?>("Temperature", "is a number from 0 to 2", null);
    }

    private long Number(string name, long least, long most, long otherwise)
    {
        var text = Text(name);
        if (text.Length == 0) return otherwise;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most ? value : Wrong(name, $"is a whole number from {least} to {most}", otherwise);
    }

    private decimal? Money(string name)
    {
        var text = Text(name);
        if (text.Length == 0) return null;
        return decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value <= 1_000_000 ? value : Wrong<decimal?>(name, "is an amount in US dollars such as 2.50", null);
    }

    private string OneOf(string name, string otherwise, params string[] choices)
    {
        var text = Text(name).ToLowerInvariant();
        return text.Length == 0 ? otherwise : choices.Contains(text, StringComparer.Ordinal) ? text : Wrong(name, $"is {string.Join(" or ", choices)}", otherwise);
    }

    private string Text(string name)
    {
        _known.Add(name);
        return _settings.GetValueOrDefault(name, "");
    }

    private T Wrong<T>(string name, string rule, T otherwise)
    {
        _problems.Add($"{Section}:{name} {rule}");
        return otherwise;
    }
}
