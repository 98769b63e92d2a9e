using System.Text.Json;
using Pipeline.Domain.Ledger;

namespace Pipeline.Functions.Local;

/// <param name="Token">Proves to the server that the caller can read its home.</param>
public sealed record RunningServerInfo(Uri Url, int ProcessId, string Token);

/// <summary>The note that a running server leaves in its home, for commands to find it by.</summary>
public static class RunningServer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Null when none runs, or when what the note names does not answer (it was killed).</summary>
    public static async Task<RunningServerInfo?> FindAsync(PipelineHome home, CancellationToken ct)
    {
        if (!File.Exists(home.ServerFile)) return null;
        try
        {
            var info = JsonSerializer.Deserialize<RunningServerInfo>(await File.ReadAllTextAsync(home.ServerFile, ct), LedgerJson.Options)!;
            using var client = new HttpClient { Timeout = Patience };
            using var answer = await client.GetAsync(new Uri(info.Url, "/healthz"), ct);
            return answer.IsSuccessStatusCode ? info : null;
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or IOException or TaskCanceledException && !ct.IsCancellationRequested)
        {
            return null;
        }
    }

    internal static void Write(PipelineHome home, RunningServerInfo info)
    {
        Directory.CreateDirectory(home.Path);
        var draft = home.ServerFile + ".new";
        using (var file = new FileStream(draft, OwnerOnly()))
            JsonSerializer.Serialize(file, info, LedgerJson.Options);
        File.Move(draft, home.ServerFile, overwrite: true);
    }

    internal static void Remove(PipelineHome home) => File.Delete(home.ServerFile);

    private static FileStreamOptions OwnerOnly()
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
}
