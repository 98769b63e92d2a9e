using System.Text.RegularExpressions;

namespace Pipeline.Infra.Local;

/// <summary>The server's settings, given with each start: the data carry none, so an upgrade changes them and a test can.</summary>
internal static partial class ServerSettings
{
    private static readonly Dictionary<string, string> BuiltIn = new()
    {
        ["listen_addresses"] = "127.0.0.1",
        ["unix_socket_directories"] = "",
        ["timezone"] = "UTC",
        ["log_timezone"] = "UTC",
        // Neither statements nor rows go into the log: they may hold text of a trajectory.
        ["log_min_error_statement"] = "panic",
        ["log_error_verbosity"] = "terse",
        ["log_checkpoints"] = "off",
        // Short statements over indexes, on a disk without moving parts, beside other programs.
        ["jit"] = "off",
        ["random_page_cost"] = "1.1",
        ["shared_buffers"] = "256MB",
        ["work_mem"] = "16MB",
        ["maintenance_work_mem"] = "128MB",
        ["max_wal_size"] = "2GB",
        ["checkpoint_timeout"] = "15min",
        ["max_connections"] = "100",
    };

    /// <summary>The options for the server's command line. It passes through a shell, hence the plain words.</summary>
    public static string CommandLine(IReadOnlyDictionary<string, string> settings, int port)
    {
        var all = new Dictionary<string, string>(BuiltIn);
        foreach (var (name, value) in settings) all[name] = value;
        all["port"] = $"{port}";
        return string.Join(' ', all.Select(setting => $"-c {Plain(setting.Key)}={Plain(setting.Value)}"));
    }

    private static string Plain(string word) => PlainWord().IsMatch(word)
        ? word
        : throw new ArgumentException($"A server setting may only have letters, digits and _ . % / - in it: {word}", nameof(word));

    [GeneratedRegex("^[A-Za-z0-9_.%/-]*$", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex PlainWord();
}
