using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.Domain.Ledger;
using Pipeline.Domain.Trajectories;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Infra.Payloads;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Input;

/// <summary>The samples in docs/emit.md, taken out of it and run.</summary>
public sealed class EmitSamplesTests(PostgresFixture postgres) : IAsyncLifetime
{
    private const string Guide = "emit.md", LocalUrl = "http://localhost:7071", ServiceBus = "https://NS.servicebus.windows.net";

    private readonly ScratchFolder _folder = new();
    private HandDrivenLedger _ledger = null!;

    public async ValueTask InitializeAsync()
    {
        _ledger = await HandDrivenLedger.StartAsync(postgres);
        var first = Samples.Of(Guide, "http.sh");
        var json = first[(first.IndexOf("-d '", StringComparison.Ordinal) + 4)..first.LastIndexOf('\'')];
        _folder.Write("event.json", json);
        _folder.Write("run.json", JsonNode.Parse(json)!["data"]!["trajectory"]!.ToJsonString());
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return _ledger.DisposeAsync();
    }

    [Theory]
    [InlineData("sh")]
    [InlineData("py")]
    [InlineData("mts")]
    [InlineData("cs")]
    public async Task A_run_that_a_sample_sends_over_HTTP_is_recorded(string language)
    {
        var sample = Samples.Of(Guide, $"http.{language}").Replace(LocalUrl, _ledger.Http.BaseAddress!.ToString().TrimEnd('/'), StringComparison.Ordinal);

        var (exitCode, output) = await Samples.RunAsync(Write("http", language, sample), Stop);

        exitCode.ShouldBe(0, output);
        output.ShouldContain("accepted");
        (await _ledger.ProjectAllAsync()).ShouldBe(1);
        await ShouldBeRecordedAsync();
        // Sent again it is known; sent with other content it is refused, and the sample fails.
        (await Samples.RunAsync(Path("http", language), Stop)).ShouldSatisfyAllConditions(r => r.ExitCode.ShouldBe(0, r.Output), r => r.Output.ShouldContain("duplicate"));
        if (language == "cs") return;
        Write("http", language, sample.Replace("my-library", "another-library", StringComparison.Ordinal));
        (await Samples.RunAsync(Path("http", language), Stop)).ShouldSatisfyAllConditions(r => r.ExitCode.ShouldNotBe(0), r => r.Output.ShouldContain("409"));
    }

    [Theory]
    [InlineData("sh")]
    [InlineData("py")]
    [InlineData("mts")]
    [InlineData("cs")]
    public async Task A_run_that_a_sample_puts_on_the_queue_itself_is_recorded_and_known_over_HTTP(string language)
    {
        await using var bus = await StubServiceBus.StartAsync();
        var sample = Samples.Of(Guide, $"servicebus.{language}");
        if (language != "sh") sample = UpToTheDashes(Samples.Of(Guide, $"http.{language}")) + sample;

        var (exitCode, output) = await Samples.RunAsync(Write("servicebus", language, sample.Replace(ServiceBus, bus.Url, StringComparison.Ordinal)), Stop, ("TOKEN", StubServiceBus.Token));

        exitCode.ShouldBe(0, output);
        var message = bus.Messages.ShouldHaveSingleItem();
        message.MessageId.ShouldBe("run-4711");
        (await _ledger.InvokeAsync("ProjectTrajectory", message.Body)).Status.ShouldBe(200);
        await ShouldBeRecordedAsync();
        (await _ledger.PostAsync("/api/events", File.ReadAllText(_folder["event.json"]), RunningLedger.Structured)).Statuses.ShouldBe(["duplicate"]);
    }

    [Theory]
    [InlineData("sh")]
    [InlineData("py")]
    [InlineData("mts")]
    public async Task What_is_too_large_for_the_queue_is_not_put_there_and_goes_over_HTTP(string language)
    {
        await using var bus = await StubServiceBus.StartAsync();
        var run = JsonNode.Parse(File.ReadAllText(_folder["run.json"]))!;
        // Fewer characters than the limit, and more bytes.
        run["steps"]![0]!["message"] = string.Concat(Enumerable.Repeat("Zürück", 30_000));
        var whole = JsonNode.Parse(File.ReadAllText(_folder["event.json"]))!;
        whole["data"]!["trajectory"] = run.DeepClone();
        _folder.Write("run.json", run.ToJsonString(LedgerJson.Options));
        _folder.Write("event.json", whole.ToJsonString(LedgerJson.Options));
        var sample = Samples.Of(Guide, $"servicebus.{language}");
        if (language != "sh") sample = UpToTheDashes(Samples.Of(Guide, $"http.{language}")) + sample;

        var (exitCode, output) = await Samples.RunAsync(Write("servicebus", language, sample.Replace(ServiceBus, bus.Url, StringComparison.Ordinal)), Stop, ("TOKEN", StubServiceBus.Token));

        exitCode.ShouldNotBe(0);
        output.ShouldContain("more than 192 KiB");
        bus.Messages.ShouldBeEmpty();
        (await _ledger.PostAsync("/api/events", File.ReadAllText(_folder["event.json"]), RunningLedger.Structured)).Statuses.ShouldBe(["accepted"]);
        (await _ledger.ProjectAllAsync()).ShouldBe(1);
        (await _ledger.EventsAsync("trajectory_recorded")).ShouldBe(1);
    }

    [Fact]
    public async Task Without_a_token_the_broker_takes_nothing_and_the_sample_says_so()
    {
        await using var bus = await StubServiceBus.StartAsync();

        var (exitCode, output) = await Samples.RunAsync(Write("servicebus", "sh", Samples.Of(Guide, "servicebus.sh").Replace(ServiceBus, bus.Url, StringComparison.Ordinal)), Stop);

        exitCode.ShouldNotBe(0);
        output.ShouldContain("401");
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static string UpToTheDashes(string sample) => sample[..sample.IndexOf(sample.Contains("\n# ---\n", StringComparison.Ordinal) ? "# ---\n" : "// ---\n", StringComparison.Ordinal)];

    // What TypeScript has beyond JavaScript the samples do without, so that node runs them.
    private string Path(string way, string language) => _folder[$"emit-{way}.{(language == "mts" ? "mjs" : language)}"];

    private string Write(string way, string language, string sample)
    {
        File.WriteAllText(Path(way, language), sample);
        return Path(way, language);
    }

    private async Task ShouldBeRecordedAsync()
    {
        (await _ledger.EventsAsync("trajectory_recorded")).ShouldBe(1);
        var recorded = JsonElement.Parse(await _ledger.ScalarAsync<string>("select data::text from ledger.mt_events where type = 'trajectory_recorded'"));
        recorded.GetProperty("sourceId").GetString().ShouldBe("run-4711");
        recorded.GetProperty("subject").GetString().ShouldBe("patron-17");
        var payload = recorded.GetProperty("payload").Deserialize<PayloadReference>(LedgerJson.Options)!;
        var loaded = (await _ledger.Service<PayloadVault>().LoadAsync(EventContext.DefaultTenant, "patron-17", payload, Stop)).ShouldBeOfType<PayloadLoaded.Content>();
        JsonNode.DeepEquals(JsonNode.Parse(loaded.CanonicalJson), JsonNode.Parse(File.ReadAllText(_folder["event.json"]))!["data"]).ShouldBeTrue();
    }
}
