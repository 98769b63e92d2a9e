using System.Text.RegularExpressions;
using Pipeline.Infra.Configuration;

namespace Pipeline.Infra.Search.AzureSearch;

/// <summary>Which Azure AI Search service has the index, and what is in it.</summary>
public sealed partial record AzureSearchOptions
{
    public required Uri Endpoint { get; init; }

    /// <summary>What names of indexes begin with; each that is built gets a time behind it.</summary>
    public string Index { get; init; } = "skills";

    /// <summary>An admin key, for development; empty: a token of Microsoft Entra ID for whoever the program runs as.</summary>
    public string ApiKey { get; init; } = "";

    /// <summary>Whether the semantic ranker goes over the best of what is found.</summary>
    public bool IsSemantic { get; init; }

    /// <summary>Of the vectors; null: there are none.</summary>
    public int? Dimensions { get; init; }

    /// <summary>Null where nothing is given.</summary>
    internal static AzureSearchOptions? Read(SettingReader settings, int? dimensions)
    {
        if (settings.IsEmpty) return null;
        var endpoint = settings.Address("Endpoint", "https://my-search.search.windows.net");
        var index = settings.Text("Index") is { Length: > 0 } named ? named : "skills";
        if (!Name().IsMatch(index)) settings.Wrong("Index", "has 2 to 100 lower-case letters, digits and single dashes, and begins with a letter", 0);
        if (endpoint is null && settings.Text("Endpoint").Length == 0) settings.Wrong("Endpoint", "is missing, and other settings of search are given", 0);
        if (endpoint?.Scheme == Uri.UriSchemeHttp) settings.Wrong("Endpoint", "must be https", 0);
        return new()
        {
            Endpoint = endpoint ?? new("https://localhost"),
            Index = index,
            ApiKey = settings.Key("ApiKey"),
            IsSemantic = settings.OneOf("Semantic", "false", "true", "false") == "true",
            Dimensions = dimensions,
        };
    }

    /// <summary>Nothing secret in it.</summary>
    public override string ToString() => $"{Index} at {Endpoint.IdnHost}";

    [GeneratedRegex("^[a-z](-?[a-z0-9]){1,99}$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Name();
}
