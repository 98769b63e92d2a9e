using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pipeline.Domain.Ledger;
using Pipeline.Functions.Hosting;
using Pipeline.Functions.Local;
using Pipeline.Infra.Payloads;
using Pipeline.Infra.Postgres;
using Pipeline.Infra.Queue;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Running;

/// <summary>The program without pumps: the test is the host, and calls functions in its protocol when it likes.</summary>
internal sealed class HandDrivenLedger : RunningLedger
{
    private readonly WebApplication _app;
    private readonly NpgsqlDataSource _database;
    private readonly string _home;

    private HandDrivenLedger(WebApplication app, NpgsqlDataSource database, string home, string connectionString, ConcurrentLog log)
        : base(connectionString, new(app.Urls.First())) => (_app, _database, _home, Log) = (app, database, home, log);

    /// <summary>Everything that the program logged, at every level.</summary>
    public ConcurrentLog Log { get; }

    /// <summary>Where its keys are.</summary>
    public string Home => _home;

    public PostgresQueue Queue => _app.Services.GetRequiredService<PostgresQueue>();

    public T Service<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    /// <param name="follows">Whether what is committed gets sealed and into the read models by itself.</param>
    /// <param name="more">Further services, such as a validator.</param>
    /// <param name="settings">Configuration besides that of the environment.</param>
    /// <param name="existing">The database of a ledger that was there before; null: a new one.</param>
    /// <param name="url">Where it listens.</param>
    /// <param name="restored">A database that a ledger was brought back into, for a home of its own.</param>
    public static async Task<HandDrivenLedger> StartAsync(
        PostgresFixture postgres, bool follows = true, IReadOnlyDictionary<string, string?>? settings = null, HandDrivenLedger? existing = null,
        Action<IServiceCollection>? more = null, string? restored = null, string url = "http://127.0.0.1:0")
    {
        var (home, connectionString, log) = (existing?._home ?? NewHome(), existing?.ConnectionString ?? restored ?? await postgres.CreateDatabaseAsync(), new ConcurrentLog());
        Directory.CreateDirectory(home);
        var database = NpgsqlDataSource.Create(connectionString);
        await new SchemaMigration(database).ApplyAsync(Stop);
        var app = PipelineApp.Build([url], database, FileKeyProvider.Open(home), home, builder =>
        {
            builder.Configuration.AddInMemoryCollection(settings ?? new Dictionary<string, string?>());
            builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Trace);
            more?.Invoke(builder.Services);
            if (!follows) builder.Services.Remove(builder.Services.Single(s => s.ServiceType == typeof(IHostedService) && s.ImplementationFactory is not null));
        });
        await app.Services.GetRequiredService<PolicyShipment>().EnsureActiveAsync(Stop);
        await app.StartAsync(Stop);
        return new(app, database, home, connectionString, log);
    }

    /// <summary>Calls a function as the host does; its outputs go on the queues.</summary>
    public async Task<Answer> InvokeAsync(string function, JsonNode? data, JsonObject? metadata = null)
    {
        var answer = await PostAsync($"/{function}", new JsonObject { ["Data"] = new JsonObject { ["message"] = data }, ["Metadata"] = metadata ?? [] });
        if (answer.Status == 200) await Queue.EnqueueAsync([.. OutputsOf(function, answer)], Stop);
        return answer;
    }

    public Task<Answer> InvokeAsync(string function, ReadOnlyMemory<byte> message) =>
        InvokeAsync(function, JsonValue.Create(Convert.ToBase64String(message.Span)), new JsonObject { ["MessageId"] = "m", ["DeliveryCount"] = "1" });

    /// <summary>Hands every message of a queue to its function; what the function gives back or the queue gets meanwhile comes as well.</summary>
    /// <returns>How many calls succeeded.</returns>
    public async Task<int> DrainAsync(string queue, string function)
    {
        var done = 0;
        while (await Queue.ReceiveAsync(queue, 1, TimeSpan.FromMinutes(1), Stop) is [var received])
        {
            var answer = await InvokeAsync(function, received.Message.Body);
            answer.Status.ShouldBe(200, answer.Text);
            await Queue.CompleteAsync(received.Lock, [], Stop);
            done++;
        }
        return done;
    }

    public Task<int> ProjectAllAsync() => DrainAsync(QueueNames.Trajectories, "ProjectTrajectory");

    public Task<int> CurateAllAsync() => DrainAsync(QueueNames.Curation, "CurateFamily");

    /// <summary>Asks for the validation of what is new, and does the jobs.</summary>
    public async Task ValidateAllAsync()
    {
        do (await InvokeAsync("SealLedger", null)).Status.ShouldBe(200);
        while (await DrainAsync(QueueNames.ValidationJobs, "RunValidation") > 0);
    }

    // Each time: what was written while the last requests were made is sealed a moment later, and there is no pump to follow it.
    protected override Task GoOnAsync() => ValidateAllAsync();

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _app.DisposeAsync();
        await _database.DisposeAsync();
        if (Directory.Exists(_home)) Directory.Delete(_home, recursive: true);
    }

    private static IEnumerable<QueueMessage> OutputsOf(string function, Answer answer)
    {
        var outputs = JsonNode.Parse(answer.Body)!["Outputs"]!.AsObject();
        return QueuedOutputs.Of(FunctionFile.ReadAll(AppContext.BaseDirectory).Single(f => f.Name == function), outputs);
    }
}

/// <summary>Keeps what is logged.</summary>
internal sealed class ConcurrentLog : ILoggerProvider, ILogger
{
    private readonly StringBuilder _text = new();

    public string Text
    {
        get
        {
            lock (_text) return _text.ToString();
        }
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        lock (_text) _text.Append(logLevel).Append(' ').Append(formatter(state, exception)).Append(' ').Append(exception).Append('\n');
    }

    public void Dispose()
    {
    }
}
