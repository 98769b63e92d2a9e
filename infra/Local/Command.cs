using System.ComponentModel;
using System.Diagnostics;

namespace Pipeline.Infra.Local;

/// <summary>A program run to its end.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it wrote, standard output before standard error.</param>
internal sealed record Command(int ExitCode, string Output)
{
    public bool Succeeded => ExitCode == 0;

    /// <summary>The last lines of the output, each indented, for an error message.</summary>
    public string Tail => LastLines(Output);

    /// <exception cref="Win32Exception">There is no such program.</exception>
    public static async Task<Command> RunAsync(IReadOnlyList<string> commandLine, string workingDirectory, CancellationToken ct)
    {
        var start = new ProcessStartInfo(commandLine[0], commandLine.Skip(1))
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        // Somebody's PGPORT or PGDATA must not reach our server, and messages that we recognise must not be translated.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("PG", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);
        start.Environment["LC_ALL"] = "C";

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{commandLine[0]} did not start.");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(ct);
        }
        catch (OperationCanceledException)
        {
            // Only the program itself: a server that it has started by now must end in its own way.
            process.Kill();
            throw;
        }
        // On Windows a server started by the program inherits its pipes and keeps them open: what is written by now is all there is.
        var written = Task.WhenAll(output, error);
        await Task.WhenAny(written, Task.Delay(TimeSpan.FromSeconds(2), ct));
        return new(process.ExitCode, written.IsCompletedSuccessfully ? (await output) + (await error) : "");
    }

    public static string LastLines(string text, int count = 12) => string.Join('\n',
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(count).Select(line => $"  {line}"));
}
