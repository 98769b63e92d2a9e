using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Reading;

/// <summary>Reading the ledger as it is and as it was: what the API and the console both ask.</summary>
internal static class ReadingServices
{
    public static IServiceCollection AddReading(this IServiceCollection services)
    {
        services.AddSingleton<LedgerMoments>();
        services.AddSingleton<SkillsAsOf>();
        services.AddSingleton<StoredEvents>();
        services.AddSingleton(s => new Timeline(s.GetRequiredService<EventStore>()));
        services.AddSingleton<VersionReading>();
        services.AddSingleton<VersionDiff>();
        services.AddSingleton<Lineage>();
        services.AddSingleton<LeafProofs>();
        services.AddSingleton<SkillProofs>();
        services.AddSingleton<RunReading>();
        services.AddSingleton<LedgerGrowth>();
        services.AddSingleton<UtilityHistory>();
        services.AddSingleton<LedgerHealth>();
        return services;
    }
}
