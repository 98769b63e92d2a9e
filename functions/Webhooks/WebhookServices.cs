using Npgsql;
using Pipeline.Infra.Webhooks;

namespace Pipeline.Functions.Webhooks;

internal static class WebhookServices
{
    public static IServiceCollection AddWebhooks(this IServiceCollection services, NpgsqlDataSource database)
    {
        services.AddSingleton(s => s.GetRequiredService<IConfiguration>().GetSection(WebhookOptions.Section).Get<WebhookOptions>() ?? new());
        services.AddSingleton(new WebhookStore(database));
        services.AddSingleton<WebhookSecrets>();
        services.AddSingleton<WebhookSender>();
        return services.AddHostedService<WebhookDeliverer>();
    }
}
