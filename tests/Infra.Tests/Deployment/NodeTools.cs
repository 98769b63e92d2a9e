using System.Diagnostics;
using System.Security.Cryptography;

namespace Pipeline.Infra.Tests.Deployment;

/// <summary>The npm packages that bicep and JSON schemas are read with, installed once beside the tests' program.</summary>
internal static class NodeTools
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "deployment-checks");
    private static readonly Lazy<Task> Installed = new(InstallAsync);

    /// <summary>What a script of <c>npm/</c> printed.</summary>
    public static async Task<string> RunAsync(string script, IEnumerable<string> arguments, CancellationToken ct)
    {
        await Installed.Value;
        return await RunAsync("node", [Path.Combine(Folder, script), .. arguments], Folder, ct);
    }

    private static async Task InstallAsync()
    {
        var source = TestSources.Path("tests", "Infra.Tests", "Deployment", "npm");
        Directory.CreateDirectory(Folder);
        foreach (var file in Directory.GetFiles(source)) File.Copy(file, Path.Combine(Folder, Path.GetFileName(file)), overwrite: true);
        var wanted = Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(Folder, "package-lock.json"))));
        var mark = Path.Combine(Folder, "node_modules", ".installed");
        if (File.Exists(mark) && await File.ReadAllTextAsync(mark) == wanted) return;
        await RunAsync(OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["ci", "--ignore-scripts", "--no-fund", "--no-audit"], Folder, CancellationToken.None);
        await File.WriteAllTextAsync(mark, wanted);
    }

    private static async Task<string> RunAsync(string program, IEnumerable<string> arguments, string folder, CancellationToken ct)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync(ct);
        var output = await process.StandardOutput.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        process.ExitCode.ShouldBe(0, $"{program}: {await errors}{output}");
        return output;
    }
}
