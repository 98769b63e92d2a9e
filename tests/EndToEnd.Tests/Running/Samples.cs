using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Pipeline.EndToEnd.Tests.Running;

/// <summary>Samples out of a guide, as a reader would run them.</summary>
internal static partial class Samples
{
    /// <summary>The code that stands behind <c>&lt;!-- sample: NAME --&gt;</c>.</summary>
    public static string Of(string guide, string name)
    {
        var text = File.ReadAllText(Path.Combine(Checkout(), "docs", guide)).ReplaceLineEndings("\n");
        return Marked().Matches(text).Single(m => m.Groups["name"].Value == name).Groups["code"].Value;
    }

    /// <summary>Runs a file with the language's own program. Skips the test where there is none.</summary>
    /// <param name="environment">More variables.</param>
    public static async Task<(int ExitCode, string Output)> RunAsync(string path, CancellationToken ct, params (string Name, string Value)[] environment)
    {
        string[] command = Path.GetExtension(path) switch
        {
            ".sh" => ["sh", path],
            ".py" => ["python3", path],
            ".mjs" => ["node", path],
            ".cs" => ["dotnet", "run", path],
            var other => throw new ArgumentOutOfRangeException(nameof(path), other, "nothing runs that"),
        };
        var start = new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = Path.GetDirectoryName(path), RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        start.Environment.Remove("TOKEN");
        start.Environment["NO_PROXY"] = start.Environment["no_proxy"] = "127.0.0.1,localhost";
        foreach (var (name, value) in environment) start.Environment[name] = value;
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            Assert.Skip($"there is no {command[0]} on the PATH");
            throw;
        }
        using (process)
        {
            var written = Task.WhenAll(process.StandardOutput.ReadToEndAsync(ct), process.StandardError.ReadToEndAsync(ct));
            try
            {
                await process.WaitForExitAsync(ct);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
            return (process.ExitCode, string.Concat(await written));
        }
    }

    private static string Checkout()
    {
        for (var up = new DirectoryInfo(AppContext.BaseDirectory); up is not null; up = up.Parent)
            if (File.Exists(Path.Combine(up.FullName, "Pipeline.sln"))) return up.FullName;
        throw new InvalidOperationException($"There is no Pipeline.sln above {AppContext.BaseDirectory}.");
    }

    [GeneratedRegex(@"^<!-- sample: (?<name>[a-z.]+) -->\n```[a-z]+\n(?<code>(.|\n)*?)^```$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex Marked();
}
