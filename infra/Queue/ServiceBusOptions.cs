using Pipeline.Infra.Configuration;

namespace Pipeline.Infra.Queue;

/// <summary>The Service Bus namespace that the Functions host takes messages from. The names are the host's own for its connection <c>ServiceBus</c>.</summary>
/// <param name="Endpoint">Base address of the namespace's queues.</param>
/// <param name="ClientId">Of the managed identity; empty: the one that there is.</param>
public sealed record ServiceBusOptions(Uri Endpoint, string ClientId)
{
    public const string Section = "ServiceBus";

    /// <summary>Over http there is only a stand-in on this machine, and no token is sent to it.</summary>
    public bool NeedsToken => Endpoint.Scheme == Uri.UriSchemeHttps;

    /// <exception cref="ServiceBusConfigurationException">They cannot be used; the message says why and what to do.</exception>
    public static ServiceBusOptions Read(IEnumerable<KeyValuePair<string, string?>> settings)
    {
        var reader = new SettingReader(Section, settings);
        var name = reader.Text("fullyQualifiedNamespace");
        var endpoint = reader.Address("Endpoint", "http://127.0.0.1:5300/");
        var credential = reader.OneOf("credential", "managedidentity", "managedidentity");
        var client = reader.Text("clientId");
        if (name.Length > 0 && (Uri.CheckHostName(name) != UriHostNameType.Dns || !name.Contains('.', StringComparison.Ordinal)))
            reader.Wrong("fullyQualifiedNamespace", "is no name such as NAME.servicebus.windows.net", credential);
        var problems = reader.Problems.ToList();
        if (problems.Count == 0 && name.Length == 0 && endpoint is null)
            problems.Add($"{Section}:fullyQualifiedNamespace is not set: under the Functions host the queues are Service Bus; name its namespace, NAME.servicebus.windows.net");
        return problems.Count == 0
            ? new(endpoint ?? new Uri($"https://{name}/"), client)
            : throw new ServiceBusConfigurationException(string.Join("; ", problems));
    }
}

public sealed class ServiceBusConfigurationException(string message) : Exception(message);
