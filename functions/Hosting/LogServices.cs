using Npgsql;
using Pipeline.Infra.Archives;
using Pipeline.Infra.Blobs;
using Pipeline.Infra.Log;
using Pipeline.Infra.Postgres;

namespace Pipeline.Functions.Hosting;

/// <summary>The log that proves itself: who seals, who signs, where keys and the published checkpoint are. Settings: section <c>Log</c>, docs/audit.md.</summary>
internal static class LogServices
{
    /// <param name="home">Where keys and checkpoint are unless the settings say otherwise.</param>
    public static void AddLog(this IServiceCollection services, NpgsqlDataSource database, string home)
    {
        services.AddSingleton(s => LogSettings.Read(s.GetService<IConfiguration>().Named(LogSettings.Section)));
        services.AddSingleton(s => PublicationOf(s.GetRequiredService<LogSettings>(), home, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton(s => ProgramKeys.OfLog(s.GetRequiredService<LogSettings>(), s.GetService<IConfiguration>(), home));
        services.AddSingleton(s => new Sealer(database, s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ICheckpointPublication>()));
        services.AddSingleton(s => new LogIdentity(database, s.GetRequiredService<EventStore>(), s.GetRequiredService<ILogKeys>(), s.GetRequiredService<LogSettings>().Origin));
        services.AddSingleton(new CheckpointStore(database));
        services.AddSingleton(new LogTree(database));
        services.AddSingleton(new LedgerTables(database));
        services.AddSingleton(s => new CheckpointSigner(
            database, s.GetRequiredService<Sealer>(), s.GetRequiredService<LogIdentity>(), s.GetRequiredService<ILogKeys>(), s.GetRequiredService<CheckpointStore>(),
            s.GetRequiredService<TimeProvider>(), s.GetRequiredService<ICheckpointPublication>()));
        services.AddSingleton<Audit.LogCommands>();
        services.AddSingleton(new LedgerImports(database));
        services.AddSingleton(s => new Audit.GoneLeaves(s.GetRequiredService<LogTree>().FirstGoneAsync));
        services.AddSingleton<Audit.SignedLog>();
        services.AddSingleton<Audit.VersionTrails>();
        services.AddSingleton<Audit.Bundles>();
        services.AddSingleton<Audit.Provenances>();
    }

    private static ICheckpointPublication PublicationOf(LogSettings settings, string home, TimeProvider time) =>
        settings.CheckpointBlob is var (container, blob)
            ? new BlobCheckpointPublication(new BlobContainer(container, patience: BlobPatience.Short), blob, time)
            : new FileCheckpointPublication(settings.CheckpointFile.Length > 0 ? settings.CheckpointFile : Path.Combine(home, "checkpoint"), time);
}
