using Npgsql;
using Pipeline.Infra.Blobs;
using Pipeline.Infra.Payloads;

namespace Pipeline.Functions.Hosting;

/// <summary>Where the text of runs lies: in the database, or in Blob Storage where a container is configured. <see cref="PayloadSettings.Section"/> of the configuration.</summary>
internal static class PayloadServices
{
    public static IServiceCollection AddPayloads(this IServiceCollection services, NpgsqlDataSource database, IKeyProvider keys)
    {
        services.AddSingleton(s => PayloadSettings.Read(s.GetService<IConfiguration>().Named(PayloadSettings.Section)));
        services.AddSingleton(s => new SubjectKeys(database, keys, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => StoreOf(s.GetRequiredService<PayloadSettings>(), database));
        services.AddSingleton<PayloadVault>();
        services.AddSingleton(new Erasures(database));
        services.AddSingleton<EraseSubject.SubjectErasure>();
        services.AddSingleton<Messages.SealedMessages>();
        return services;
    }

    private static IPayloadStore StoreOf(PayloadSettings settings, NpgsqlDataSource database)
    {
        var inDatabase = new PostgresPayloadStore(database);
        return settings.Container is { } container
            ? new SucceedingPayloadStore(new BlobPayloadStore(new BlobContainer(container), new PayloadNames(database)), inDatabase)
            : inDatabase;
    }
}
