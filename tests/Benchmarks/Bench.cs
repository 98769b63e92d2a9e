using System.Diagnostics;
using Npgsql;
using Pipeline.Infra.Local;
using Pipeline.Infra.Postgres;

namespace Pipeline.Benchmarks;

/// <summary>A ledger to measure on, and how measuring is done: contestants take turns within each round, so that whatever else the
/// machine does hits all of them; reported is the median of the rounds, and of each round's ratio to the first contestant.</summary>
internal sealed class Bench : IAsyncDisposable
{
    private readonly EmbeddedPostgres? _server;
    private readonly string _home;
    private readonly string _admin;
    private readonly string _database = $"bench_{Guid.NewGuid():N}"[..14];

    private Bench(EmbeddedPostgres? server, string home, string admin, int rounds)
    {
        (_server, _home, _admin, Rounds) = (server, home, admin, rounds);
        Db = LedgerDataSource.Create(new NpgsqlConnectionStringBuilder(admin) { Database = _database }.ConnectionString);
        (Store, Sealer) = (new(Db), new(Db));
    }

    public NpgsqlDataSource Db { get; }
    public EventStore Store { get; }
    public Sealer Sealer { get; }
    public int Rounds { get; }

    public static async Task<Bench> StartAsync(string connection, bool withoutDisk, int rounds, CancellationToken ct)
    {
        var home = Path.Combine(Path.GetTempPath(), $"pipeline-bench-{Guid.NewGuid():N}"[..27]);
        var server = connection.Length > 0 ? null : await EmbeddedPostgres.StartAsync(
            new()
            {
                HomeDirectory = home,
                InstallDirectory = Path.Combine(Directory.GetCurrentDirectory(), ".pipeline", "postgres"),
                Settings = withoutDisk ? EmbeddedPostgresOptions.Throwaway : new Dictionary<string, string>(),
            },
            Console.Error.WriteLine, ct);
        var bench = new Bench(server, home, server?.ConnectionString ?? connection, rounds);
        await bench.AdministerAsync($"create database {bench._database}", ct);
        await new SchemaMigration(bench.Db).ApplyAsync(ct);
        await using var version = bench.Db.CreateCommand("select version() || ', synchronous_commit ' || current_setting('synchronous_commit') || ', fsync ' || current_setting('fsync')");
        Console.WriteLine($"{await version.ExecuteScalarAsync(ct)}; {Environment.ProcessorCount} cores; median of {rounds} rounds");
        return bench;
    }

    /// <summary>Measures contestants turn by turn and prints rates with the ratio to the first.</summary>
    public async Task CompareAsync(string title, string unit, params Contestant[] contestants)
    {
        // Long enough for the runtime to have compiled in earnest what it first compiled in haste.
        for (var warmUp = Stopwatch.StartNew(); warmUp.Elapsed < TimeSpan.FromSeconds(3);)
            foreach (var contestant in contestants) await contestant.Run();
        var rates = contestants.Select(_ => new double[Rounds]).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            for (var turn = 0; turn < contestants.Length; turn++)
            {
                // Who goes first changes from round to round.
                var i = (turn + round) % contestants.Length;
                if (contestants[i].Before is { } before) await before();
                var watch = Stopwatch.StartNew();
                var units = await contestants[i].Run();
                rates[i][round] = units / watch.Elapsed.TotalSeconds;
            }
        }

        Console.WriteLine($"\n{title}");
        for (var i = 0; i < contestants.Length; i++)
        {
            var ratios = rates[i].Zip(rates[0], (mine, baseline) => mine / baseline);
            Console.WriteLine($"  {contestants[i].Name,-44}{Median(rates[i]),12:N0} {unit,-10}{Median(ratios),8:N2}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Db.DisposeAsync();
        await AdministerAsync($"drop database {_database} with (force)", CancellationToken.None);
        if (_server is null) return;
        await _server.DisposeAsync();
        EmbeddedPostgres.Purge(_home);
        if (Directory.Exists(_home)) Directory.Delete(_home, recursive: true);
    }

    private async Task AdministerAsync(string sql, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(_admin);
        await connection.OpenAsync(ct);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}

/// <param name="Run">Does a fixed amount of work and says how many units it was.</param>
/// <param name="Before">What must be there for it; not measured.</param>
internal sealed record Contestant(string Name, Func<Task<long>> Run, Func<Task>? Before = null);
