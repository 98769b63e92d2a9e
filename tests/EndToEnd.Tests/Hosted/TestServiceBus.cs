using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Pipeline.EndToEnd.Tests.Hosted;

/// <summary>A message as the broker keeps it.</summary>
internal sealed record BusMessage(string Queue, byte[] Body, string MessageId, string? ContentType, string? CorrelationId, IReadOnlyDictionary<string, string> Properties)
{
    public long SequenceNumber { get; init; }
    public int DeliveryCount { get; init; }
    public DateTime EnqueuedAt { get; init; } = DateTime.UtcNow;
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>Queues in memory that count deliveries and dead-letter as Service Bus does, and take messages by its REST interface.</summary>
internal sealed class TestServiceBus : IAsyncDisposable
{
    public int MaxDeliveryCount { get; set; } = 10;

    private readonly ConcurrentDictionary<string, LinkedList<BusMessage>> _queues = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<BusMessage> _dead = [];
    private readonly ConcurrentBag<BusMessage> _sent = [];
    private readonly WebApplication _rest;
    private long _sequence;
    private int _held;

    private TestServiceBus(WebApplication rest) => _rest = rest;

    public Uri Url => new(_rest.Urls.First());

    public IReadOnlyCollection<BusMessage> DeadLetters => _dead;

    /// <summary>Every message that ever came.</summary>
    public IReadOnlyCollection<BusMessage> Sent => _sent;

    /// <summary>While set, its REST interface answers 503.</summary>
    public bool IsAway { get; set; }

    /// <summary>Whether no message waits and none is held.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_queues) return _held == 0 && _queues.Values.All(q => q.Count == 0);
        }
    }

    public static async Task<TestServiceBus> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var bus = new TestServiceBus(app);
        app.MapPost("/{queue}/messages", bus.TakeAsync);
        await app.StartAsync();
        return bus;
    }

    public void Send(string queue, byte[] body, string? messageId = null, string? contentType = null, string? correlationId = null, IReadOnlyDictionary<string, string>? properties = null)
    {
        var message = new BusMessage(queue, body, messageId ?? Guid.NewGuid().ToString("N"), contentType, correlationId, properties ?? new Dictionary<string, string>()) { SequenceNumber = Interlocked.Increment(ref _sequence) };
        _sent.Add(message);
        lock (_queues) Of(queue).AddLast(message);
    }

    /// <summary>The next message, under a lock; null when none waits.</summary>
    public BusMessage? Receive(string queue)
    {
        lock (_queues)
        {
            if (Of(queue).First is not { } first) return null;
            Of(queue).RemoveFirst();
            _held++;
            return first.Value with { DeliveryCount = first.Value.DeliveryCount + 1 };
        }
    }

    public void Complete()
    {
        lock (_queues) _held--;
    }

    /// <summary>Given back: it comes again at once, unless it was delivered too often.</summary>
    public void Abandon(BusMessage message)
    {
        lock (_queues)
        {
            _held--;
            if (message.DeliveryCount >= MaxDeliveryCount) _dead.Add(message);
            else Of(message.Queue).AddFirst(message);
        }
    }

    public ValueTask DisposeAsync() => _rest.DisposeAsync();

    private LinkedList<BusMessage> Of(string queue) => _queues.GetOrAdd(queue, _ => new());

    private async Task<IResult> TakeAsync(string queue, HttpRequest request)
    {
        if (IsAway) return Results.StatusCode(503);
        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body);
        var broker = JsonNode.Parse(request.Headers["BrokerProperties"].FirstOrDefault() ?? "{}")!;
        Send(queue, body.ToArray(), broker["MessageId"]?.GetValue<string>(), request.ContentType, broker["CorrelationId"]?.GetValue<string>());
        return Results.StatusCode(201);
    }
}
