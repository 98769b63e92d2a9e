using Npgsql;
using Pipeline.Functions.UpdateIndex;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Search;
using Pipeline.Infra.Search.AzureSearch;
using Pipeline.Infra.Search.Embeddings;

namespace Pipeline.Functions.Hosting;

/// <summary>The index that is searched: the embedded one, or Azure AI Search where that is configured; with embeddings beside words where an
/// endpoint is. <see cref="SearchSettings.Section"/> of the configuration.</summary>
internal static class SearchServices
{
    private const string Embeddings = "embeddings";

    public static IServiceCollection AddSearch(this IServiceCollection services, NpgsqlDataSource database)
    {
        services.AddSingleton(s => SettingsOf(s.GetRequiredService<IConfiguration>().GetSection(SearchSettings.Section)));
        services.AddSingleton(s => new IndexSource(database, s.GetRequiredService<EventStore>()));
        services.AddSingleton(new IndexLog(database));
        services.AddSingleton(s => EmbeddingsOf(s, database));
        services.AddSingleton(s => new EmbeddedSkillIndex(database, s.GetRequiredService<EventStore>(), s.GetRequiredService<SkillEmbeddings>()));
        services.AddSingleton(s => new AzureSearchService(s.GetRequiredService<SearchSettings>().Azure!));
        services.AddSingleton<AzureSkillIndex>();
        services.AddSingleton(s => new AzureIndexUpkeep(
            s.GetRequiredService<AzureSearchService>(), s.GetRequiredService<IndexLog>(), s.GetRequiredService<IndexSource>(), s.GetRequiredService<SkillEmbeddings>(), database,
            s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<EmbeddedIndexUpkeep>();
        services.AddSingleton<ISkillIndex>(s => s.GetRequiredService<SearchSettings>().Azure is null ? s.GetRequiredService<EmbeddedSkillIndex>() : s.GetRequiredService<AzureSkillIndex>());
        services.AddSingleton<CallerSearch>();
        services.AddSingleton<IIndexUpkeep>(s => s.GetRequiredService<SearchSettings>().Azure is null ? s.GetRequiredService<EmbeddedIndexUpkeep>() : s.GetRequiredService<AzureIndexUpkeep>());
        services.AddSingleton<IndexFanOut>();
        services.AddSingleton<LedgerApi.ConfusableSkills>();
        // No redirection, no cookies, no compression: what is answered comes from the host that has the key, and is as long as it looks.
        services.AddHttpClient(Embeddings, http => http.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(s => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                ConnectTimeout = TimeSpan.FromSeconds(15),
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
                UseProxy = s.GetRequiredService<SearchSettings>().Embeddings?.Endpoint.IsLoopback != true,
            })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers();
        return services;
    }

    private static SearchSettings SettingsOf(IConfigurationSection section) =>
        SearchSettings.Read(Settings(section), Settings(section.GetSection(SearchSettings.EmbeddingsSection)));

    private static IEnumerable<KeyValuePair<string, string?>> Settings(IConfigurationSection section) =>
        section.GetChildren().Select(setting => KeyValuePair.Create(setting.Key, setting.Value));

    private static SkillEmbeddings EmbeddingsOf(IServiceProvider services, NpgsqlDataSource database) =>
        services.GetRequiredService<SearchSettings>().Embeddings is { } options
            ? new(database, options, new(services.GetRequiredService<IHttpClientFactory>().CreateClient(Embeddings), options, services.GetRequiredService<TimeProvider>()), services.GetRequiredService<TimeProvider>())
            : new(database, null, null);
}
