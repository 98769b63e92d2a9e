using Pipeline.Infra.Identity;

namespace Pipeline.Functions.Identity;

internal static class IdentityServices
{
    public static void AddIdentity(this IServiceCollection services) => services.AddSingleton(s => new CallerIdentification(
        IdentityOptions.Read(s.GetRequiredService<IConfiguration>().GetSection(IdentityOptions.Section).GetChildren().Select(setting => KeyValuePair.Create(setting.Key, setting.Value))),
        s.GetRequiredService<TimeProvider>()));
}
