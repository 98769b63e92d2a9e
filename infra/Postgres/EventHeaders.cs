using System.Text.Json;
using System.Text.Json.Serialization;
using Pipeline.Domain.Ledger;

namespace Pipeline.Infra.Postgres;

/// <summary>The part of an <see cref="EventContext"/> that has no column of its own. Stored format of <c>mt_events.headers</c>.</summary>
internal sealed record EventHeaders(string? Actor, string? DecidedBy, [property: JsonPropertyName("traceparent")] string? TraceParent)
{
    public static string Write(EventContext context) => JsonSerializer.Serialize(
        new EventHeaders(context.Actor.ToString(), context.DecidedBy, context.TraceParent.Length == 0 ? null : context.TraceParent),
        LedgerJson.Options);

    /// <summary>Events that another program appended may lack any of it.</summary>
    public static EventHeaders Read(string json) => JsonSerializer.Deserialize<EventHeaders>(json, LedgerJson.Options)!;
}

internal static class Microseconds
{
    /// <summary>As fine as PostgreSQL keeps a time: what is hashed or compared must be what comes back.</summary>
    public static DateTimeOffset Cut(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond)).ToUniversalTime();
}
