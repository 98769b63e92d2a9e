using Npgsql;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Hosting;

/// <summary>The log that proves itself: who seals, who signs, where keys and the published checkpoint are. Settings: section <c>Log</c>, docs/audit.md.</summary>
internal static class LogServices
{
    public const string Section = "Log";

    /// <param name="home">Where keys and checkpoint are unless the settings say otherwise.</param>
    public static void AddLog(this IServiceCollection services, NpgsqlDataSource database, string home)
    {
        services.AddSingleton<ICheckpointPublication>(s => new FileCheckpointPublication(
            Setting(s, "Checkpoint") is { Length: > 0 } path ? path : Path.Combine(home, "checkpoint"), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<ILogKeys>(s => Setting(s, "Keys") is { Length: > 0 } directory ? new FileLogKeys(directory) : FileLogKeys.Below(home));
        services.AddSingleton(s => new Sealer(database, s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ICheckpointPublication>()));
        services.AddSingleton(s => new LogIdentity(database, s.GetRequiredService<EventStore>(), s.GetRequiredService<ILogKeys>(), Setting(s, "Origin") ?? ""));
        services.AddSingleton(new CheckpointStore(database));
        services.AddSingleton(new LogTree(database));
        services.AddSingleton(new LedgerTables(database));
        services.AddSingleton(s => new CheckpointSigner(
            database, s.GetRequiredService<Sealer>(), s.GetRequiredService<LogIdentity>(), s.GetRequiredService<ILogKeys>(), s.GetRequiredService<CheckpointStore>(),
            s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ICheckpointPublication>()));
        services.AddSingleton<Audit.LogCommands>();
        services.AddSingleton<Audit.SignedLog>();
        services.AddSingleton<Audit.VersionTrails>();
        services.AddSingleton<Audit.Bundles>();
        services.AddSingleton<Audit.Provenances>();
    }

    private static string? Setting(IServiceProvider services, string name) => services.GetService<IConfiguration>()?[$"{Section}:{name}"];
}
