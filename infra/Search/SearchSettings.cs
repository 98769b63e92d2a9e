using Pipeline.Infra.Configuration;
using Pipeline.Infra.Search.AzureSearch;
using Pipeline.Infra.Search.Embeddings;

namespace Pipeline.Infra.Search;

/// <summary>Which index is searched, and whether meaning counts beside words; from the section <c>Search</c> of the configuration.</summary>
/// <param name="Azure">Null: the embedded index.</param>
/// <param name="Embeddings">Null: words only.</param>
public sealed record SearchSettings(AzureSearchOptions? Azure, EmbeddingOptions? Embeddings)
{
    /// <summary>The section: <c>Search:Endpoint</c>, as a variable <c>Search__Endpoint</c>.</summary>
    public const string Section = "Search";

    /// <summary>The section of the embeddings: <c>Search:Embeddings:Endpoint</c>, as a variable <c>Search__Embeddings__Endpoint</c>.</summary>
    public const string EmbeddingsSection = "Embeddings";

    /// <param name="settings">Names without the section's; empty ones count as not given.</param>
    /// <exception cref="SearchConfigurationException">They cannot be used.</exception>
    public static SearchSettings Read(IEnumerable<KeyValuePair<string, string?>> settings, IEnumerable<KeyValuePair<string, string?>> embeddings)
    {
        var (own, theirs) = (new SettingReader(Section, settings), new SettingReader($"{Section}:{EmbeddingsSection}", embeddings));
        var made = EmbeddingOptions.Read(theirs);
        var read = new SearchSettings(AzureSearchOptions.Read(own, made?.Dimensions), made);
        if (read.Azure is not null && made is { Dimensions: null }) theirs.Wrong("Dimensions", "is missing: the field of an Azure AI Search index has a fixed number of them", 0);
        List<string> problems = [.. own.Problems, .. theirs.Problems];
        return problems.Count == 0 ? read : throw new SearchConfigurationException(string.Join("; ", problems));
    }
}

/// <summary>The configuration of search cannot be used; the message says which setting and why.</summary>
public sealed class SearchConfigurationException(string message) : Exception(message);
