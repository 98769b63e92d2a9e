using System.ComponentModel;
using System.Globalization;

namespace Pipeline.Infra.Local;

/// <summary>Who the server runs as: ourselves, or, where we are root, somebody else, since PostgreSQL refuses to run as root.</summary>
internal sealed record ServerAccount
{
    private const string Setpriv = "setpriv";

    private ServerAccount(string userAndGroup) => UserAndGroup = userAndGroup;

    /// <summary>The numeric <c>uid:gid</c> to change to, or empty for ourselves.</summary>
    public string UserAndGroup { get; }

    public bool IsOther => UserAndGroup.Length > 0;

    /// <summary>The owner of the data, if there are any (they may have been made before, by a user who is not root), else <c>nobody</c>.</summary>
    public static async Task<ServerAccount> ForAsync(string dataDirectory, CancellationToken ct)
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess) return new("");
        if (Directory.Exists(dataDirectory))
        {
            var owner = await Command.RunAsync(["stat", "-c", "%u:%g", dataDirectory], "/", ct);
            if (owner.Succeeded && !owner.Output.StartsWith("0:", StringComparison.Ordinal)) return new(owner.Output.Trim());
        }
        return new(await NobodyAsync(ct));
    }

    /// <summary>Runs a program of the server as this account.</summary>
    public async Task<Command> RunAsync(IReadOnlyList<string> commandLine, CancellationToken ct)
    {
        // The working directory of a root's shell is often closed to others, and the server's programs insist on reading theirs.
        var root = Path.GetPathRoot(commandLine[0])!;
        if (!IsOther) return await Command.RunAsync(commandLine, root, ct);
        var (user, group) = (UserAndGroup.Split(':')[0], UserAndGroup.Split(':')[1]);
        try
        {
            return await Command.RunAsync(
                [Setpriv, $"--reuid={user}", $"--regid={group}", "--clear-groups", "--no-new-privs", .. commandLine], root, ct);
        }
        catch (Win32Exception e)
        {
            throw new EmbeddedPostgresException(
                "PostgreSQL refuses to run as root, and setpriv (of util-linux), which would start it as another user, is not on the PATH. "
                + $"Install util-linux, or run as an ordinary user. {EmbeddedPostgresException.Alternative}", e);
        }
    }

    /// <summary>Hands a file or directory to this account. Ours stay ours.</summary>
    public async Task TakeOverAsync(string path, CancellationToken ct)
    {
        if (!IsOther) return;
        var changed = await Command.RunAsync(["chown", UserAndGroup, path], "/", ct);
        if (!changed.Succeeded)
            throw new EmbeddedPostgresException(
                $"{path} cannot be given to user {UserAndGroup}, as whom PostgreSQL runs here (it refuses to run as root):\n{changed.Tail}\n"
                + $"Choose another PIPELINE_HOME, or run as an ordinary user. {EmbeddedPostgresException.Alternative}");
    }

    private static async Task<string> NobodyAsync(CancellationToken ct)
    {
        // initdb wants an entry in passwd, so an unused number would not do; and its group is not called the same everywhere.
        foreach (var line in await File.ReadAllLinesAsync("/etc/passwd", ct))
            if (line.Split(':') is ["nobody", _, var user, var group, ..] && int.TryParse(user, CultureInfo.InvariantCulture, out _))
                return $"{user}:{group}";
        throw new EmbeddedPostgresException(
            "PostgreSQL refuses to run as root, and there is no user 'nobody' to run it as. Run as an ordinary user. "
            + EmbeddedPostgresException.Alternative);
    }
}
