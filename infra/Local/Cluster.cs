using System.Security.Cryptography;

namespace Pipeline.Infra.Local;

/// <summary>The data of one server, made by initdb.</summary>
internal static class Cluster
{
    /// <summary>Refuses data that this program's PostgreSQL cannot open, before anything is installed, started or changed.</summary>
    public static void RequireReadable(ServerFiles files)
    {
        if (!Directory.Exists(files.Data)) return;
        var version = Path.Combine(files.Data, "PG_VERSION");
        if (!File.Exists(version) && Directory.EnumerateFileSystemEntries(files.Data).Any())
            throw new EmbeddedPostgresException(
                $"{files.Data} is not empty and not PostgreSQL's. Move it away, or choose another PIPELINE_HOME. {EmbeddedPostgresException.Alternative}");
        if (!File.Exists(version)) return;
        var major = File.ReadAllText(version).Trim();
        if (major != $"{EmbeddedPostgres.MajorVersion}")
            throw new EmbeddedPostgresException(
                $"The data in {files.Data} are of PostgreSQL {major}, and this program brings PostgreSQL {EmbeddedPostgres.MajorVersion}. "
                + "Nothing was changed. Export the ledger with the program that made it, choose another PIPELINE_HOME and import it there. "
                + EmbeddedPostgresException.Alternative);
        if (!File.Exists(files.Password))
            throw new EmbeddedPostgresException($"{files.Password} is missing, without which the data beside it cannot be opened. Put it back.");
    }

    /// <summary>Makes the data if there are none. A cluster that initdb did not finish is never taken for one: it has another name.</summary>
    public static async Task EnsureAsync(
        ServerFiles files, PostgresInstallation installation, ServerAccount account, bool waitForDisk, CancellationToken ct)
    {
        if (File.Exists(Path.Combine(files.Data, "PG_VERSION"))) return;
        if (Directory.Exists(files.Data)) Directory.Delete(files.Data);
        if (Directory.Exists(files.UnfinishedData)) Directory.Delete(files.UnfinishedData, recursive: true);
        Directory.CreateDirectory(files.UnfinishedData);
        await account.TakeOverAsync(files.UnfinishedData, ct);
        await WritePasswordAsync(files.Password, ct);
        await account.TakeOverAsync(files.Password, ct);

        List<string> initdb =
        [
            installation["initdb"], "-D", files.UnfinishedData, "--username=postgres", $"--pwfile={files.Password}", "--auth=scram-sha-256",
            "--encoding=UTF8", "--no-locale", "--no-instructions",
        ];
        if (!waitForDisk) initdb.Add("--no-sync");
        var made = await account.RunAsync(initdb, ct);
        if (!made.Succeeded)
            throw new EmbeddedPostgresException(
                $"initdb could not make a database in {files.UnfinishedData}:\n{made.Tail}\n"
                + $"Remove the cause, then try again; nothing is lost. {EmbeddedPostgresException.Alternative}");
        Directory.Move(files.UnfinishedData, files.Data);
    }

    private static async Task WritePasswordAsync(string path, CancellationToken ct)
    {
        File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var writer = new StreamWriter(path, options);
        await writer.WriteAsync(RandomNumberGenerator.GetHexString(48, lowercase: true).AsMemory(), ct);
    }
}
