using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Pipeline.Functions.Hosting;

namespace Pipeline.Functions.Telemetry;

/// <summary>Sends the program's traces and metrics to a collector (OTLP), for as long as it is held; what is left goes out at the end.</summary>
internal sealed class OtlpExport : IDisposable
{
    private readonly TracerProvider _traces;
    private readonly MeterProvider _metrics;

    public OtlpExport(OtlpSettings settings)
    {
        var resource = ResourceBuilder.CreateDefault().AddService("skill-pipeline", serviceVersion: ProgramVersion.Number);
        if (settings.Stage.Length > 0) resource.AddAttributes([new("deployment.environment.name", settings.Stage)]);
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Traces.Source.Name)
            .AddOtlpExporter(o => settings.Apply(o, "traces")).Build();
        // The web server's own meter has http.server.request.duration, by route and status.
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Meters.MeterName, "Microsoft.AspNetCore.Hosting")
            .AddOtlpExporter(o => settings.Apply(o, "metrics")).Build();
    }

    public void Dispose()
    {
        _traces.Dispose();
        _metrics.Dispose();
    }
}

internal static class TelemetryServices
{
    /// <summary>Without a collector nothing is made: no listener, no connection, no reading of the database.</summary>
    /// <exception cref="TelemetryConfigurationException">The settings cannot be used.</exception>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<BacklogGauges>();
        if (OtlpSettings.Read(builder.Configuration) is not { } settings) return;
        builder.Services.AddSingleton(_ => new OtlpExport(settings));
        builder.Services.AddHostedService<BacklogReading>();
    }

    public static void UseTelemetry(this WebApplication app)
    {
        if (app.Services.GetService<OtlpExport>() is not null) app.UseRequestSpans();
    }
}
