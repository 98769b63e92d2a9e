using Npgsql;
using Pipeline.Infra.Local;
using Pipeline.Tests;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Pipeline.Tests;

/// <summary>A real PostgreSQL for the tests of one assembly: started when the first test asks for a database, thrown away at the end.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private const string Prefix = "pipeline-tests-";

    private readonly Lazy<Task<EmbeddedPostgres>> server;
    private readonly string home = NewHome();
    private int databases;

    public PostgresFixture() => server = new(() => StartAsync(home));

    /// <summary>Binaries are fetched once per checkout and shared by its test assemblies; PIPELINE_TEST_POSTGRES_INSTALL puts them elsewhere.</summary>
    public static string InstallDirectory { get; } =
        Environment.GetEnvironmentVariable("PIPELINE_TEST_POSTGRES_INSTALL") is { Length: > 0 } chosen
            ? chosen
            : Path.Combine(Checkout(), ".pipeline", "postgres");

    /// <summary>The connection string of a new, empty database, its pool small: many test classes share one server.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var started = await server.Value;
        var name = $"test_{Interlocked.Increment(ref databases)}";
        await using var connection = new NpgsqlConnection(started.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var create = new NpgsqlCommand($"create database {name}", connection);
        await create.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return new NpgsqlConnectionStringBuilder(started.ConnectionString)
        {
            Database = name,
            MaxPoolSize = 16,
            ConnectionIdleLifetime = 5,
            ConnectionPruningInterval = 2,
        }.ConnectionString;
    }

    public async ValueTask InitializeAsync()
    {
        // A test run that was killed could not stop its server. Young homes are spared: their servers may be about to start.
        foreach (var left in new DirectoryInfo(Path.GetTempPath()).EnumerateDirectories(Prefix + "*"))
        {
            try
            {
                if (left.CreationTimeUtc < DateTime.UtcNow.AddMinutes(-10) && !EmbeddedPostgres.IsInUse(left.FullName))
                    await RemoveAsync(left.FullName);
            }
            catch (Exception e) when (e is UnauthorizedAccessException or IOException or EmbeddedPostgresException)
            {
                TestContext.Current.SendDiagnosticMessage($"{left.FullName} stays: {e.Message}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!server.IsValueCreated) return;
        await using (await server.Value) { }
        await RemoveAsync(home);
    }

    public static string NewHome() => Path.Combine(Path.GetTempPath(), Prefix + Guid.NewGuid().ToString("N")[..12]);

    /// <summary>A server with a home of its own, its binaries shared, its data not worth waiting for the disk.</summary>
    public static Task<EmbeddedPostgres> StartAsync(string home) => EmbeddedPostgres.StartAsync(
        new()
        {
            HomeDirectory = home,
            InstallDirectory = InstallDirectory,
            Settings = new Dictionary<string, string>(EmbeddedPostgresOptions.Throwaway) { ["max_connections"] = "300" },
        },
        line => TestContext.Current.SendDiagnosticMessage(line),
        TestContext.Current.CancellationToken);

    public static async Task RemoveAsync(string home)
    {
        await EmbeddedPostgres.StopAsync(home, CancellationToken.None);
        EmbeddedPostgres.Purge(home);
        if (Directory.Exists(home)) Directory.Delete(home, recursive: true);
    }

    private static string Checkout()
    {
        for (var up = new DirectoryInfo(AppContext.BaseDirectory); up is not null; up = up.Parent)
            if (File.Exists(Path.Combine(up.FullName, "Pipeline.sln"))) return up.FullName;
        throw new InvalidOperationException($"There is no Pipeline.sln above {AppContext.BaseDirectory}.");
    }
}
