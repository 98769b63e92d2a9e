using System.Security.Cryptography;
using System.Text;

namespace Pipeline.Infra.Local;

/// <summary>The files of one embedded server: data, password, log and locks.</summary>
/// <param name="Root">The directory that holds them: <c>postgres/</c> below the home, or the place it was moved to.</param>
internal sealed record ServerFiles(string Root)
{
    public string Data => Path.Combine(Root, "data");
    public string UnfinishedData => Path.Combine(Root, "data.new");
    public string Password => Path.Combine(Root, "password");
    public string Log => Path.Combine(Root, "server.log");
    public string OldLog => Path.Combine(Root, "server.log.1");

    /// <summary>Held while the server is being started or stopped.</summary>
    public string StartLock => Path.Combine(Root, "start.lock");

    /// <summary>Held, shared, by every process that uses the server: who can have it alone is the last.</summary>
    public string UsersLock => Path.Combine(Root, "users.lock");

    public static string Below(string home) => Path.Combine(Path.GetFullPath(home), "postgres");

    /// <summary>The files of a home, as they are; nothing is made.</summary>
    public static ServerFiles Of(string home) => new(Resolve(Below(home)));

    /// <summary>Makes the directory, and where only root could get at it, one that others can, with a note of where it went.</summary>
    /// <returns>The directory to use from now on.</returns>
    public static string Prepare(string directory, Action<string>? talk)
    {
        Directory.CreateDirectory(directory);
        var place = Resolve(directory);
        if (place != directory || OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess) return place;
        if (ClosedAncestor(directory) is not { } closed) return directory;
        if (Directory.Exists(Path.Combine(directory, "data")))
            throw new EmbeddedPostgresException(
                $"The data in {directory} can no longer be read by the user that PostgreSQL runs as, since {closed} is closed to others. "
                + $"Open it with: chmod o+x '{closed}'");

        // The note makes the choice stick: data must not seem lost when somebody changes a directory's mode.
        place = Path.Combine("/var/lib/pipeline", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(directory)))[..12]);
        Directory.CreateDirectory(place, OpenToRead);
        File.WriteAllText(Note(directory), place + "\n");
        talk?.Invoke($"{closed} is closed to other users and PostgreSQL refuses to run as root: its files go to {place}");
        return place;
    }

    /// <summary>Removes the place that a home's files were moved to, unless binaries are in it.</summary>
    public static void Forget(string home)
    {
        var (directory, place) = (Below(home), Of(home).Root);
        if (place == directory || PostgresInstallation.IsIn(place)) return;
        Directory.Delete(place, recursive: true);
        File.Delete(Note(directory));
    }

    private const UnixFileMode OpenToRead = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static string Note(string directory) => Path.Combine(directory, "moved-to");

    private static string Resolve(string directory) =>
        File.Exists(Note(directory)) ? File.ReadAllText(Note(directory)).Trim() : directory;

    private static string? ClosedAncestor(string directory)
    {
        for (var up = new DirectoryInfo(directory); up is not null; up = up.Parent)
            if (!up.UnixFileMode.HasFlag(UnixFileMode.OtherExecute)) return up.FullName;
        return null;
    }
}
