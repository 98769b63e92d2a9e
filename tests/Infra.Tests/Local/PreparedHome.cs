using System.Diagnostics;
using Pipeline.Infra.Tests.Local;
using Pipeline.Tests;

[assembly: AssemblyFixture(typeof(PreparedHome))]

namespace Pipeline.Infra.Tests.Local;

/// <summary>Homes with data in them, copied from one that is made once: initdb takes longer than all that the tests look at.</summary>
public sealed class PreparedHome : IAsyncDisposable
{
    private readonly string model = PostgresFixture.NewHome();
    private readonly Lazy<Task> made;

    public PreparedHome() => made = new(async () =>
    {
        await using (await PostgresFixture.StartAsync(model)) { }
    });

    public async Task<string> CopyAsync()
    {
        var home = PostgresFixture.NewHome();
        if (OperatingSystem.IsWindows()) return home;
        await made.Value;
        using var copy = Process.Start("cp", ["-a", model, home]);
        await copy.WaitForExitAsync(TestContext.Current.CancellationToken);
        copy.ExitCode.ShouldBe(0);
        return home;
    }

    public async ValueTask DisposeAsync()
    {
        if (made.IsValueCreated) await PostgresFixture.RemoveAsync(model);
    }
}
