using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Validation;

/// <summary>The receiver that the guide offers to be copied, as it stands there.</summary>
public sealed class ReceiverTests(PostgresFixture postgres)
{
    private const string OwnTask = "import receiver; receiver.try_task = lambda task, model, package: (package is not None, 900); receiver.main()";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_receiver_of_the_guide_is_asked_and_answers()
    {
        Assert.SkipUnless(HasPython(), "python3 is not there");
        var port = FreePort();
        await using var ledger = await HandDrivenLedger.StartAsync(postgres, settings: new Dictionary<string, string?>
        {
            ["Platform:Url"] = $"http://127.0.0.1:{port}/hook",
            ["Platform:Secret"] = StubPlatform.Secret,
            ["Platform:AllowPrivate"] = "true",
        });
        var folder = Directory.CreateTempSubdirectory("receiver-");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "receiver.py"), TextOfTheGuide(), Stop);
        using var receiver = Start(folder.FullName, port, ledger.Http.BaseAddress!);
        try
        {
            await ListensAsync(port, receiver);
            await ledger.ImportAsync(Written.Skill("tried", "Call `open_gate`, then call `close_gate`."));
            await ledger.ValidateAllAsync();
            for (var round = 0; await StateAsync(ledger) != "done passed"; round++)
            {
                round.ShouldBeLessThan(300, await StateAsync(ledger));
                await Task.Delay(100, Stop);
                await ledger.ValidateAllAsync();
            }
        }
        finally
        {
            receiver.Kill(entireProcessTree: true);
            await receiver.WaitForExitAsync(CancellationToken.None);
            folder.Delete(recursive: true);
        }
    }

    private static async Task<string> StateAsync(HandDrivenLedger ledger) =>
        (await ledger.ColumnAsync("select concat_ws(' ', state, verdict) from ledger.validation_jobs where validator = 'platform'")).FirstOrDefault("");

    private static string TextOfTheGuide()
    {
        var guide = File.ReadAllText(Path.Combine(Repository.Root, "docs", "platform-validation.md"));
        var from = guide.IndexOf("```python\n", StringComparison.Ordinal) + "```python\n".Length;
        return guide[from..guide.IndexOf("\n```", from, StringComparison.Ordinal)];
    }

    private static Process Start(string folder, int port, Uri pipeline)
    {
        var start = new ProcessStartInfo("python3", ["-c", OwnTask]) { WorkingDirectory = folder, UseShellExecute = false };
        start.Environment["PIPELINE_SECRET"] = StubPlatform.Secret;
        start.Environment["PIPELINE_URL"] = pipeline.ToString();
        start.Environment["PORT"] = $"{port}";
        return Process.Start(start)!;
    }

    private static async Task ListensAsync(int port, Process receiver)
    {
        for (var round = 0; ; round++)
        {
            receiver.HasExited.ShouldBeFalse();
            round.ShouldBeLessThan(600);
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, Stop);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(100, Stop);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool HasPython() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(p => File.Exists(Path.Combine(p, "python3")));
}
