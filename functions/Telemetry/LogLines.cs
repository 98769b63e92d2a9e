using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Telemetry;

/// <summary>The call of a function that lines of the log belong to.</summary>
/// <param name="Invocation">The host's id of it; may be empty.</param>
internal sealed record LoggedCall(string Function, string Invocation);

/// <summary>How lines of the log look: for people, or one JSON object each.</summary>
internal static class LogLines
{
    public const string FormatSetting = "Logging:Format";

    /// <summary>As JSON under the Functions host, whose log is read by programs; else for people; or as <c>Logging__Format</c> says.</summary>
    /// <exception cref="TelemetryConfigurationException">It says neither.</exception>
    public static void AddLines(this ILoggingBuilder logging, IConfiguration configuration)
    {
        var format = configuration[FormatSetting] is { Length: > 0 } said ? said : configuration[HostedRun.PortVariable] is { Length: > 0 } ? "json" : "simple";
        switch (format)
        {
            case "json":
                logging.AddConsoleFormatter<JsonLogLine, ConsoleFormatterOptions>();
                logging.AddConsole(o => o.FormatterName = JsonLogLine.Format);
                break;
            case "simple":
                logging.AddSimpleConsole(o => o.SingleLine = true);
                break;
            default:
                throw new TelemetryConfigurationException("Logging__Format is to be json or simple");
        }
    }
}

/// <summary>A line of JSON. Of an exception it says the type and the frames only: its message may quote what was sent or stored. Of scopes only ours are told: the web server's
/// hold paths.</summary>
internal sealed class JsonLogLine(TimeProvider time) : ConsoleFormatter(Format)
{
    public const string Format = "pipeline-json";

    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, s_options))
        {
            json.WriteStartObject();
            json.WriteString("time", time.GetUtcNow().UtcDateTime);
            json.WriteString("level", logEntry.LogLevel.ToString().ToLowerInvariant());
            json.WriteString("category", logEntry.Category);
            json.WriteString("message", logEntry.Formatter(logEntry.State, null));
            scopeProvider?.ForEachScope(WriteScope, json);
            if (Activity.Current is { } span)
            {
                json.WriteString("traceId", span.TraceId.ToHexString());
                json.WriteString("spanId", span.SpanId.ToHexString());
            }
            if (logEntry.Exception is { } exception)
            {
                json.WriteString("exception", exception.GetType().FullName);
                if (exception.StackTrace is { } stack) json.WriteString("stack", stack);
            }
            json.WriteEndObject();
        }
        textWriter.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    private static void WriteScope(object? scope, Utf8JsonWriter json)
    {
        if (scope is not LoggedCall call) return;
        json.WriteString("function", call.Function);
        if (call.Invocation.Length > 0) json.WriteString("invocation", call.Invocation);
    }
}
