using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.UpdateIndex;
using Pipeline.Infra.Queue;
using Pipeline.Infra.Search;
using Pipeline.Infra.Search.AzureSearch;
using Pipeline.Infra.Tests.Search.AzureSearch;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests;

/// <summary>From an event in the ledger over the queue to a document at the search service.</summary>
public sealed class EventToIndexTests(PostgresFixture postgres) : IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private StubSearchService _service = null!;

    public async ValueTask InitializeAsync() => _service = await StubSearchService.StartAsync();

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    [Fact]
    public async Task What_is_sealed_gets_into_the_index_by_a_message_that_the_pump_sends()
    {
        await using var ledger = await StartAsync(services => services.AddHostedService<IndexPump>());
        await ImportAsync(ledger, "glazing");
        await UntilAsync(async () => await WaitingAsync(ledger) > 0);

        (await ledger.DrainAsync(QueueNames.IndexUpdates, "UpdateIndex")).ShouldBeGreaterThan(0);
        (await FoundAsync(ledger)).ShouldBe(["glazing"]);

        await ImportAsync(ledger, "plumbing");
        await UntilAsync(async () => await ledger.DrainAsync(QueueNames.IndexUpdates, "UpdateIndex") > 0 && (await FoundAsync(ledger)).Count == 2);
        (await ledger.PostAsync("/api/skills/glazing/retire", """{"reason":"x"}""", "application/json")).Status.ShouldBe(200);
        await UntilAsync(async () => await ledger.DrainAsync(QueueNames.IndexUpdates, "UpdateIndex") >= 0 && (await FoundAsync(ledger)).SequenceEqual(["plumbing"]));
    }

    [Fact]
    public async Task Sealing_says_so_too_and_a_message_that_was_lost_makes_no_difference()
    {
        await using var ledger = await StartAsync();
        await ImportAsync(ledger, "glazing");
        (await ledger.InvokeAsync("SealLedger", null)).Status.ShouldBe(200);
        var lost = (await ledger.Queue.ReceiveAsync(QueueNames.IndexUpdates, 1, s_patience, TestContext.Current.CancellationToken)).ShouldHaveSingleItem();
        await ledger.Queue.CompleteAsync(lost.Lock, [], TestContext.Current.CancellationToken);

        await ImportAsync(ledger, "plumbing");
        await ledger.Queue.EnqueueAsync([lost.Message], TestContext.Current.CancellationToken);
        (await ledger.DrainAsync(QueueNames.IndexUpdates, "UpdateIndex")).ShouldBe(1);
        (await FoundAsync(ledger)).ShouldBe(["glazing", "plumbing"], ignoreOrder: true);
    }

    [Fact]
    public async Task While_the_service_is_away_sealing_sends_one_message_and_no_heap_of_them()
    {
        await using var ledger = await StartAsync();
        await ImportAsync(ledger, "glazing");
        (await ledger.InvokeAsync("SealLedger", null)).Status.ShouldBe(200);
        (await ledger.DrainAsync(QueueNames.IndexUpdates, "UpdateIndex")).ShouldBe(1);
        _service.Mood = context =>
        {
            context.Response.StatusCode = (int)HttpStatusCode.Forbidden;
            return true;
        };
        for (var i = 0; i < 5; i++)
        {
            await ImportAsync(ledger, $"skill-{i}");
            (await ledger.InvokeAsync("SealLedger", null)).Status.ShouldBe(200);
        }
        (await WaitingAsync(ledger)).ShouldBe(1);
        (await ledger.GetAsync("/api/search?q=glass")).Status.ShouldBe(503);

        _service.Mood = _ => false;
        (await ledger.DrainAsync(QueueNames.IndexUpdates, "UpdateIndex")).ShouldBe(1);
        (await FoundAsync(ledger)).Count.ShouldBe(6);
    }

    [Fact]
    public async Task Nothing_is_said_twice_until_something_came_of_it_or_a_while_has_passed()
    {
        var (upkeep, time) = (new StandInUpkeep { Behind = 3 }, new HandClock());
        await using var ledger = await StartAsync();
        var fanOut = new IndexFanOut(upkeep, ledger.Store, time, NullLogger<IndexFanOut>.Instance);
        (await SaidAsync()).ShouldBe(1);
        (await SaidAsync()).ShouldBe(0);
        time.Advance(TimeSpan.FromMinutes(1));
        (await SaidAsync()).ShouldBe(1);
        upkeep.Behind = 2;
        (await SaidAsync()).ShouldBe(1);
        upkeep.Behind = 0;
        time.Advance(TimeSpan.FromMinutes(1));
        (await SaidAsync()).ShouldBe(0);

        async Task<int> SaidAsync() => (await fanOut.MessagesAsync(TestContext.Current.CancellationToken)).Count;
    }

    [Fact]
    public async Task What_only_a_person_can_put_right_is_in_the_status_and_once_in_the_log_and_sends_no_message()
    {
        var (upkeep, log) = (new StandInUpkeep { Behind = 3, Problem = "run `pipeline index rebuild`" }, new Lines());
        await using var ledger = await StartAsync(services => services.AddSingleton<IIndexUpkeep>(upkeep));
        var fanOut = new IndexFanOut(upkeep, ledger.Store, TimeProvider.System, log);

        for (var i = 0; i < 3; i++) (await fanOut.MessagesAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
        log.Written.ShouldHaveSingleItem().ShouldContain(upkeep.Problem);
        (await ledger.ReadAsync("/api/status")).GetProperty("index").GetProperty("problem").GetString().ShouldBe(upkeep.Problem);

        upkeep.Problem = "";
        (await fanOut.MessagesAsync(TestContext.Current.CancellationToken)).Count.ShouldBe(1);
    }

    private Task<HandDrivenLedger> StartAsync(Action<IServiceCollection>? more = null) => HandDrivenLedger.StartAsync(
        postgres,
        settings: new Dictionary<string, string?> { ["Search:Endpoint"] = _service.Endpoint.ToString(), ["Search:ApiKey"] = "the-key" },
        more: services =>
        {
            services.AddSingleton(s => new AzureSearchService(s.GetRequiredService<SearchSettings>().Azure!, _service.Transport));
            more?.Invoke(services);
        });

    private static async Task ImportAsync(HandDrivenLedger ledger, string name)
    {
        var skill = Written.Skill(name, "Cut the pane of glass.");
        var answer = await ledger.PostAsync("/api/skills/import", new System.Text.Json.Nodes.JsonObject { ["skills"] = new System.Text.Json.Nodes.JsonArray(skill), ["trust"] = true });
        answer.Status.ShouldBe(200, answer.Text);
    }

    private static async Task<long> WaitingAsync(HandDrivenLedger ledger) =>
        (await ledger.Queue.DepthsAsync(TestContext.Current.CancellationToken)).TryGetValue(QueueNames.IndexUpdates, out var depth) ? depth.Waiting : 0;

    private static async Task<List<string>> FoundAsync(HandDrivenLedger ledger) =>
        [.. (await ledger.ReadAsync("/api/search?q=glass")).GetProperty("results").EnumerateArray().Select(r => r.Text("name"))];

    private sealed class HandClock : TimeProvider
    {
        private long _now;

        public void Advance(TimeSpan time) => _now += time.Ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await isSo())
        {
            TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(s_patience);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    private sealed class Lines : ILogger<IndexFanOut>
    {
        public List<string> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Written.Add(formatter(state, exception));
    }
}
