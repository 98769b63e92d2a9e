using OpenTelemetry.Exporter;

namespace Pipeline.Functions.Telemetry;

/// <summary>Where traces and metrics go: the variables that OpenTelemetry names. Headers, timeouts and the sampler are read by its SDK.</summary>
/// <param name="Endpoint">The collector's address, without the signal's path where the protocol is http/protobuf.</param>
/// <param name="Stage">Name of the deployment; may be empty.</param>
public sealed record OtlpSettings(Uri Endpoint, OtlpExportProtocol Protocol, string Stage)
{
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";
    public const string ProtocolVariable = "OTEL_EXPORTER_OTLP_PROTOCOL";

    /// <summary>Null where nothing is to go out.</summary>
    /// <exception cref="TelemetryConfigurationException">They cannot be used.</exception>
    public static OtlpSettings? Read(IConfiguration configuration)
    {
        if (configuration[EndpointVariable] is not { Length: > 0 } endpoint) return null;
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new TelemetryConfigurationException($"{EndpointVariable} is to be an http or https address, such as http://localhost:4318");
        return new(address, configuration[ProtocolVariable] switch
        {
            null or "" or "http/protobuf" => OtlpExportProtocol.HttpProtobuf,
            "grpc" => OtlpExportProtocol.Grpc,
            _ => throw new TelemetryConfigurationException($"{ProtocolVariable} is to be http/protobuf (the default) or grpc"),
        }, configuration["Pipeline:Stage"] ?? "");
    }

    /// <param name="signal">traces or metrics.</param>
    public void Apply(OtlpExporterOptions options, string signal)
    {
        options.Protocol = Protocol;
        // An address that is set in code is taken as it is.
        options.Endpoint = Protocol == OtlpExportProtocol.Grpc ? Endpoint : new Uri($"{Endpoint.AbsoluteUri.TrimEnd('/')}/v1/{signal}");
    }
}

/// <summary>The settings of telemetry cannot be used; the message says why.</summary>
public sealed class TelemetryConfigurationException(string message) : Exception(message);
