using System.Text.Json;
using System.Text.Json.Nodes;
using Pipeline.EndToEnd.Tests.Cli;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Webhooks;

/// <summary>A ledger whose webhooks are quick about everything, and a receiver.</summary>
public abstract class WebhookScenario(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly Dictionary<string, string?> Quick = new()
    {
        ["Webhooks:AllowPrivate"] = "true",
        ["Webhooks:Timeout"] = "00:00:02",
        ["Webhooks:FirstDelay"] = "00:00:00.01",
        ["Webhooks:DisableAfter"] = "00:00:03",
    };

    /// <summary>Configuration besides.</summary>
    protected virtual IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>();

    private protected HandDrivenLedger ledger = null!;
    private protected StubReceiver receiver = null!;

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        receiver = await StubReceiver.StartAsync();
        ledger = await HandDrivenLedger.StartAsync(postgres, settings: Settings.Concat(Quick).DistinctBy(s => s.Key).ToDictionary(s => s.Key, s => s.Value));
    }

    public async ValueTask DisposeAsync()
    {
        await ledger.DisposeAsync();
        await receiver.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected async Task<string> SubscribeAsync(params string[] events) => await SubscribeToAsync(receiver, events);

    private protected async Task<string> SubscribeToAsync(StubReceiver who, params string[] events)
    {
        var added = await AddAsync(new Uri(who.Url, "/hook").ToString(), allowPrivate: true, events);
        added.Status.ShouldBe(200, added.Text);
        return added.Json.Text("id");
    }

    private protected Task<Answer> AddAsync(string url, bool allowPrivate, params string[] events) => ledger.PostAsync("/api/webhooks", new JsonObject
    {
        ["url"] = url,
        ["events"] = new JsonArray([.. (events.Length > 0 ? events : ["version"]).Select(e => (JsonNode)e)]),
        ["secret"] = StubReceiver.Secret,
        ["allowPrivate"] = allowPrivate,
    });

    protected async Task<IReadOnlyList<JsonElement>> DeliveriesAsync(string id, string state) =>
        [.. (await ledger.ReadAsync($"/api/webhooks/deliveries?webhook={id}&state={state}")).GetProperty("deliveries").EnumerateArray()];

    protected async Task<JsonElement> WebhookAsync(string id) => (await ledger.ReadAsync("/api/webhooks")).GetProperty("webhooks").EnumerateArray().Single(w => w.Text("id") == id);

    private protected Task<CommandLineRun> RunAsync(params string[] args) => CommandLineRun.OfAsync(["webhook", .. args, "--url", ledger.Http.BaseAddress!.ToString()]);

    private protected async Task<IReadOnlyList<Delivered>> ToldAsync(int count)
    {
        await UntilAsync(() => Task.FromResult(receiver.Deliveries.Count >= count));
        receiver.Deliveries.Count.ShouldBe(count);
        return [.. receiver.Deliveries];
    }

    protected static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (!await holds()) await Task.Delay(50, patience.Token);
    }
}
