using Npgsql;
using Pipeline.Functions.CurateFamily;
using Pipeline.Infra.Composers;

namespace Pipeline.Functions.Hosting;

/// <summary>The language model that words drafts, where one is configured; <see cref="ComposerSettings.Section"/> of the configuration.</summary>
internal static class ComposerServices
{
    public static IServiceCollection AddComposer(this IServiceCollection services, NpgsqlDataSource database)
    {
        services.AddSingleton(s => ComposerSettings.Read(s.GetRequiredService<IConfiguration>().GetSection(ComposerSettings.Section).GetChildren()
            .Select(setting => KeyValuePair.Create(setting.Key, setting.Value))));
        services.AddSingleton(s => new EndpointCredential(s.GetRequiredService<ComposerOptions>()));
        services.AddSingleton(new ComposerSpending(database));
        services.AddSingleton<RecordedAnswers>();
        services.AddSingleton<ModelConsultation>();
        // No redirection, no cookies, no compression: what is answered comes from the host that has the key, and is as long as it looks.
        services.AddHttpClient<ChatEndpoint>(http => http.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(s => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                ConnectTimeout = TimeSpan.FromSeconds(15),
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
                UseProxy = s.GetRequiredService<ComposerOptions>().Endpoint?.IsLoopback != true,
            })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers();
        return services;
    }
}
