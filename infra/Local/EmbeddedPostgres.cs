using Npgsql;

namespace Pipeline.Infra.Local;

/// <summary>A PostgreSQL server that the product brings along: installed, started, recovered and stopped by itself.</summary>
/// <remarks>
/// <para>One home has one server, however many processes use it. <see cref="StartAsync"/> starts it or joins the one that runs, and
/// the last process to dispose of it stops it.</para>
/// <para>A server whose process was killed is adopted by the next start. It is healthy, so stopping it would buy nothing but a
/// second start; only the sessions that the killed process left are ended, for the locks they may still hold.</para>
/// </remarks>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    /// <summary>The PostgreSQL major version that comes along. Data of another are refused and left alone.</summary>
    public const int MajorVersion = 18;

    /// <summary>The database that <see cref="ConnectionString"/> names.</summary>
    public const string Database = "ledger";

    private const int JoinAttempts = 20;
    private static readonly TimeSpan JoinPause = TimeSpan.FromMilliseconds(250);

    private readonly Membership membership;
    private readonly RunningPostgres server;
    private readonly Lazy<Task> end;

    private EmbeddedPostgres(Membership membership, RunningPostgres server, bool joined)
    {
        (this.membership, this.server, Joined) = (membership, server, joined);
        end = new(membership.EndAsync);
    }

    /// <summary>For Npgsql: a superuser on <see cref="Database"/>. Holds the password, so it belongs in no log.</summary>
    public string ConnectionString => server.ConnectionString;

    /// <summary>On 127.0.0.1.</summary>
    public int Port => server.Port;

    public int ProcessId => server.ProcessId;

    /// <summary>Whether the server ran already: another process's, or one that a killed process left.</summary>
    public bool Joined { get; }

    /// <summary>Where the server writes its log.</summary>
    public string LogFile => membership.Files.Log;

    /// <summary>Installs what is missing, makes the data if there are none, and starts the server or joins the one that runs.</summary>
    /// <param name="options">Where, and how tuned.</param>
    /// <param name="talk">Told, in a line, what takes a while or goes somewhere unexpected.</param>
    /// <param name="ct">Stops waiting. A server started by then is stopped again.</param>
    /// <exception cref="EmbeddedPostgresException">It cannot be; the message says why and what to do.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(EmbeddedPostgresOptions options, Action<string>? talk, CancellationToken ct)
    {
        try
        {
            return await StartOrJoinAsync(options, talk, ct);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new EmbeddedPostgresException(
                $"{e.Message} The files below {options.HomeDirectory} may be another user's: run as that user, or choose another PIPELINE_HOME. "
                + EmbeddedPostgresException.Alternative, e);
        }
    }

    /// <summary>Whether a database was ever made in this home; nothing is started or made.</summary>
    public static bool HasData(string homeDirectory) => Directory.Exists(ServerFiles.Of(homeDirectory).Data);

    /// <summary>The server that runs for a home now, if it is ready, without starting or joining anything.</summary>
    public static RunningPostgres? TryFindRunning(string homeDirectory)
    {
        var files = ServerFiles.Of(homeDirectory);
        return Postmaster.Find(files) is { Status: "ready" } found ? RunningPostgres.Of(found, files) : null;
    }

    /// <summary>Whether a living process has started or joined the server of a home.</summary>
    public static bool IsInUse(string homeDirectory)
    {
        var files = ServerFiles.Of(homeDirectory);
        if (!File.Exists(files.UsersLock)) return false;
        using var alone = FileLock.TryExclusive(files.UsersLock);
        return alone is null;
    }

    /// <summary>Stops the server of a home, whoever uses it.</summary>
    /// <returns>False if none was running.</returns>
    public static async Task<bool> StopAsync(string homeDirectory, CancellationToken ct)
    {
        var files = ServerFiles.Of(homeDirectory);
        if (!Directory.Exists(files.Data)) return false;
        using var starting = await FileLock.ExclusiveAsync(files.StartLock, ct);
        if (await Postmaster.FindSettledAsync(files, ct) is null) return false;
        return await Postmaster.StopAsync(files, Postmaster.InstallationOf(files), await ServerAccount.ForAsync(files.Data, ct), ct);
    }

    /// <summary>Deletes the data, password and log of a home for good. The binaries stay.</summary>
    /// <exception cref="EmbeddedPostgresException">The server is running.</exception>
    public static void Purge(string homeDirectory)
    {
        var files = ServerFiles.Of(homeDirectory);
        if (!Directory.Exists(files.Root)) return;
        using var starting = FileLock.TryExclusive(files.StartLock)
            ?? throw new EmbeddedPostgresException($"PostgreSQL is being started or stopped on {files.Data}. Try again.");
        if (Postmaster.Find(files) is { } found)
            throw new EmbeddedPostgresException($"PostgreSQL is running on {files.Data} (process {found.ProcessId}). Stop it first.");
        foreach (var directory in (string[])[files.Data, files.UnfinishedData])
            if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        foreach (var file in (string[])[files.Password, files.Log, files.OldLog]) File.Delete(file);
        ServerFiles.Forget(homeDirectory);
    }

    /// <summary>Leaves the server, and stops it cleanly if nobody else uses it. May be called any number of times.</summary>
    public ValueTask DisposeAsync() => new(end.Value);

    private static async Task<EmbeddedPostgres> StartOrJoinAsync(EmbeddedPostgresOptions options, Action<string>? talk, CancellationToken ct)
    {
        var files = new ServerFiles(ServerFiles.Prepare(ServerFiles.Below(options.HomeDirectory), talk));
        using var starting = await FileLock.ExclusiveAsync(files.StartLock, ct);
        Cluster.RequireReadable(files);
        // Nobody comes or goes while we hold the start lock: to have the use alone now means that nobody else is left.
        var alone = FileLock.TryExclusive(files.UsersLock);
        alone?.Dispose();
        var use = await FileLock.SharedAsync(files.UsersLock, ct);
        try
        {
            var account = await ServerAccount.ForAsync(files.Data, ct);
            return await TryJoinAsync(files, account, use, endOthers: alone is not null, ct)
                ?? await StartAsync(
                    new(files, await InstallAsync(options, files, talk, ct), account, use), options.Settings, talk, ct);
        }
        catch
        {
            await use.DisposeAsync();
            throw;
        }
    }

    private static async Task<EmbeddedPostgres> StartAsync(
        Membership member, IReadOnlyDictionary<string, string> settings, Action<string>? talk, CancellationToken ct)
    {
        var (files, installation, account, _) = member;
        if (!Directory.Exists(files.Data)) talk?.Invoke($"Making a database in {files.Data} ...");
        await Cluster.EnsureAsync(files, installation, account, waitForDisk: settings.GetValueOrDefault("fsync") != "off", ct);
        try
        {
            var started = RunningPostgres.Of(await Postmaster.StartAsync(files, installation, account, settings, ct), files);
            await started.EnsureDatabaseAsync(ct);
            return new(member, started, joined: false);
        }
        catch
        {
            await Postmaster.StopAsync(files, installation, account, CancellationToken.None);
            throw;
        }
    }

    private static async Task<EmbeddedPostgres?> TryJoinAsync(
        ServerFiles files, ServerAccount account, FileStream use, bool endOthers, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await Postmaster.FindSettledAsync(files, ct) is not { } found) return null;
            try
            {
                var running = RunningPostgres.Of(found, files);
                await running.EnsureDatabaseAsync(ct);
                if (endOthers) await running.EndOtherSessionsAsync(ct);
                return new(new(files, Postmaster.InstallationOf(files), account, use), running, joined: true);
            }
            catch (NpgsqlException e) when (e.IsTransient && attempt < JoinAttempts)
            {
                // It may be dying this very moment, and then it is to be started again.
                await Task.Delay(JoinPause, ct);
            }
            catch (NpgsqlException e)
            {
                throw new EmbeddedPostgresException(
                    $"PostgreSQL runs on {files.Data} (process {found.ProcessId}) and does not let us in: {e.Message}\n"
                    + $"See {files.Log}, or end that process and try again. {EmbeddedPostgresException.Alternative}", e);
            }
        }
    }

    private static async Task<PostgresInstallation> InstallAsync(
        EmbeddedPostgresOptions options, ServerFiles files, Action<string>? talk, CancellationToken ct)
    {
        var directory = options.InstallDirectory is { Length: > 0 } own ? ServerFiles.Prepare(Path.GetFullPath(own), talk) : files.Root;
        return await PostgresInstallation.EnsureAsync(directory, talk, ct);
    }

    /// <summary>What it takes to leave the server, and to stop it as the last.</summary>
    private sealed record Membership(ServerFiles Files, PostgresInstallation Installation, ServerAccount Account, FileStream Use)
    {
        public async Task EndAsync()
        {
            using var starting = await FileLock.ExclusiveAsync(Files.StartLock, CancellationToken.None);
            await Use.DisposeAsync();
            await using var alone = FileLock.TryExclusive(Files.UsersLock);
            if (alone is not null) await Postmaster.StopAsync(Files, Installation, Account, CancellationToken.None);
        }
    }
}
