using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Pipeline.EndToEnd.Tests.Telemetry;

/// <summary>Takes OTLP by http/protobuf, and reads the little that tests ask for.</summary>
internal sealed class StubCollector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, byte[] Body)> _got = [];

    private StubCollector(WebApplication app) => _app = app;

    public Uri Url => new(_app.Urls.First());

    public IReadOnlyList<string> Paths => [.. _got.Select(g => g.Path).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>ExportTraceServiceRequest.resource_spans(1).scope_spans(2).spans(2).</summary>
    public IReadOnlyList<ExportedSpan> Spans => [.. Of("/v1/traces").SelectMany(body => ProtoField.At(body, 1, 2, 2)).Select(ExportedSpan.Read)];

    /// <summary>ExportMetricsServiceRequest.resource_metrics(1).scope_metrics(2).metrics(2).name(1).</summary>
    public IReadOnlyList<string> Metrics => [.. Of("/v1/metrics").SelectMany(body => ProtoField.At(body, 1, 2, 2, 1)).Select(n => Encoding.UTF8.GetString(n.Span)).Distinct(StringComparer.Ordinal)];

    /// <summary>Everything that came, as bytes that are characters.</summary>
    public string Text => string.Concat(_got.Select(g => Encoding.UTF8.GetString(g.Body)));

    public static async Task<StubCollector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var stub = new StubCollector(builder.Build());
        stub._app.MapFallback(async (HttpContext context) =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            stub._got.Enqueue((context.Request.Path, body.ToArray()));
        });
        await stub._app.StartAsync();
        return stub;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private IEnumerable<ReadOnlyMemory<byte>> Of(string path) => _got.Where(g => g.Path == path).Select(g => (ReadOnlyMemory<byte>)g.Body);
}

internal sealed record ExportedSpan(string TraceId, string SpanId, string ParentId, string Name)
{
    public static ExportedSpan Read(ReadOnlyMemory<byte> span)
    {
        string Hex(int field) => ProtoField.At(span, field).Select(v => Convert.ToHexStringLower(v.Span)).FirstOrDefault("");
        return new(Hex(1), Hex(2), Hex(4), ProtoField.At(span, 5).Select(v => Encoding.UTF8.GetString(v.Span)).FirstOrDefault(""));
    }
}

/// <summary>Fields of a protobuf message that have a length: texts, bytes and messages.</summary>
internal static class ProtoField
{
    public static IEnumerable<ReadOnlyMemory<byte>> At(ReadOnlyMemory<byte> message, params IEnumerable<int> path) =>
        path.Aggregate((IEnumerable<ReadOnlyMemory<byte>>)[message], (messages, number) => messages.SelectMany(m => Of(m, number)));

    private static List<ReadOnlyMemory<byte>> Of(ReadOnlyMemory<byte> message, int number)
    {
        var found = new List<ReadOnlyMemory<byte>>();
        var at = 0;
        while (at < message.Length)
        {
            var tag = Varint(message.Span, ref at);
            switch (tag & 7)
            {
                case 0: Varint(message.Span, ref at); break;
                case 1: at += 8; break;
                case 5: at += 4; break;
                case 2:
                    var length = (int)Varint(message.Span, ref at);
                    if ((int)(tag >> 3) == number) found.Add(message.Slice(at, length));
                    at += length;
                    break;
                default: throw new InvalidDataException("no protobuf");
            }
        }
        return found;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var b = bytes[at++];
            value |= (ulong)(b & 0x7f) << shift;
            if (b < 0x80) return value;
        }
    }
}
