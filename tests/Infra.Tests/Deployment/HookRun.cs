using System.Diagnostics;

namespace Pipeline.Infra.Tests.Deployment;

/// <summary>
/// A checkout with the hooks in it, and programs of the tests' own where the hooks look for azd, az, dotnet and the like: a hook runs as
/// azd runs it, from the root, with azd's environment as variables.
/// </summary>
internal sealed class HookRun : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("hooks-").FullName;

    public HookRun()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The hooks are for sh.");
        foreach (var folder in new[] { "deploy", Path.Combine("deploy", "hooks") })
        {
            Directory.CreateDirectory(Path.Combine(root, folder));
            foreach (var file in Directory.GetFiles(TestSources.Path(folder))) File.Copy(file, Path.Combine(root, folder, Path.GetFileName(file)));
        }

        Directory.CreateDirectory(Programs);
    }

    public Dictionary<string, string> Environment { get; } = new()
    {
        ["AZURE_ENV_NAME"] = "staging",
        ["ENTRA_CLIENT_ID"] = "11111111-2222-3333-4444-555555555555",
    };

    private string Programs => Path.Combine(root, ".programs");

    public string PathTo(params string[] parts) => Path.Combine([root, .. parts]);

    /// <summary>What a program of the test's was called with, a line for each call.</summary>
    public IReadOnlyList<string> Calls(string program) =>
        File.Exists(PathTo($"{program}.calls")) ? File.ReadAllLines(PathTo($"{program}.calls")) : [];

    /// <summary>Puts a program on the PATH that notes its arguments and then does this.</summary>
    public HookRun With(string program, string script = "exit 0")
    {
        Script(Path.Combine(Programs, program), $"printf '%s\\n' \"$*\" >>'{PathTo($"{program}.calls")}'\n{script}");
        return this;
    }

    public HookRun Having(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathTo(path))!);
        File.WriteAllText(PathTo(path), content);
        return this;
    }

    /// <summary>A script of the checkout's.</summary>
    public HookRun HavingScript(string path, string script)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathTo(path))!);
        Script(PathTo(path), script);
        return this;
    }

    public async Task<(int Exit, string Output)> RunAsync(string script, params string[] arguments)
    {
        var start = new ProcessStartInfo(PathTo("deploy", script), arguments)
        {
            WorkingDirectory = root,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in Environment) start.Environment[name] = value;
        // The machine's own programs, without the ones that a test gives or withholds.
        start.Environment["PATH"] = $"{Programs}:{PathTo(".machine")}";
        start.Environment["HOME"] = root;
        start.Environment["DOTNET_ROOT"] = Path.GetDirectoryName(System.Environment.ProcessPath!)!;
        LinkMachine();
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output + await errors);
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private void LinkMachine()
    {
        Directory.CreateDirectory(PathTo(".machine"));
        foreach (var program in new[] { "sh", "basename", "dirname", "grep", "sed", "tr", "cut", "cat", "rm", "mv", "mkdir", "chmod", "date", "uname", "wc", "mktemp", "sleep", "printf", "xargs", "cp", "env", "git", "curl" })
        {
            var link = PathTo(".machine", program);
            if (File.Exists(link)) continue;
            var found = (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
            if (found is not null) File.CreateSymbolicLink(link, found);
        }
    }

    private static void Script(string path, string script)
    {
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
