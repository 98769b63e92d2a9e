using System.Text.Encodings.Web;
using System.Text.Json;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace Pipeline.Infra.Queue;

/// <summary>Puts messages on Service Bus queues over its REST interface ("Send Message"), as the identity that the program runs as; it needs the role Azure
/// Service Bus Data Sender.</summary>
/// <remarks>Only for what no output binding of the Functions host can send of its own: messages that commands and followers send. Throttling and failures in passing are tried again by
/// the pipeline.</remarks>
public sealed class ServiceBusSender(ServiceBusOptions options, HttpPipelineTransport? transport = null, Func<TokenCredential>? entra = null)
{
    private const string Scope = "https://servicebus.azure.net/.default";

    private static readonly JsonSerializerOptions s_header = new() { Encoder = JavaScriptEncoder.Default, DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    private readonly HttpPipeline _pipeline = Build(options, transport, entra);

    /// <exception cref="RequestFailedException">It was not taken: 401 or 403 without the role, 404 where there is no such queue, 413 above the tier's size.</exception>
    public async Task SendAsync(QueueMessage message, CancellationToken ct)
    {
        using var request = _pipeline.CreateRequest();
        request.Method = RequestMethod.Post;
        request.Uri.Reset(new Uri(options.Endpoint, $"{Uri.EscapeDataString(message.Queue)}/messages"));
        request.Headers.SetValue("Content-Type", message.ContentType);
        // Characters outside of ASCII are escaped: headers carry no others.
        request.Headers.SetValue("BrokerProperties", JsonSerializer.Serialize(new { message.MessageId, CorrelationId = NullWhenEmpty(message.CorrelationId), Label = NullWhenEmpty(message.Subject) }, s_header));
        foreach (var (name, value) in message.Properties.Where(p => p.Value.Length > 0)) request.Headers.SetValue(name, JsonSerializer.Serialize(value, s_header));
        request.Content = RequestContent.Create(message.Body);
        using var response = await _pipeline.SendRequestAsync(request, ct);
        if (response.Status != 201) throw new RequestFailedException(response);
    }

    private static string? NullWhenEmpty(string text) => text.Length > 0 ? text : null;

    private static HttpPipeline Build(ServiceBusOptions options, HttpPipelineTransport? transport, Func<TokenCredential>? entra)
    {
        var client = new Client();
        if (transport is not null) client.Transport = transport;
        return options.NeedsToken
            ? HttpPipelineBuilder.Build(client, new BearerTokenAuthenticationPolicy((entra ?? (() => Identity(options)))(), Scope))
            : HttpPipelineBuilder.Build(client);
    }

    private static DefaultAzureCredential Identity(ServiceBusOptions options) =>
        options.ClientId.Length > 0 ? new(new DefaultAzureCredentialOptions { ManagedIdentityClientId = options.ClientId }) : new();

    private sealed class Client : ClientOptions;
}
