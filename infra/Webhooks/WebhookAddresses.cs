using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Pipeline.Infra.Webhooks;

/// <summary>Which addresses may be called. It is asked with the address that is about to be connected to, not with a name, so that a name
/// which means something else the second time gains nothing.</summary>
public static class WebhookAddresses
{
    // IANA's special-purpose registries (RFC 6890), multicast and what is reserved; and the host's own channel on Azure.
    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32",
            "2001::/23", "2001:db8::/32", "3fff::/20",
        }.Select(IPNetwork.Parse),
    ];

    // Where clouds tell a machine its credentials: never, whatever is allowed.
    private static readonly IPNetwork[] Metadata = [.. new[] { "169.254.0.0/16", "168.63.129.16/32", "fe80::/10", "fd00:ec2::/32" }.Select(IPNetwork.Parse)];

    private static readonly IPNetwork Global6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork SixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork Translated = IPNetwork.Parse("64:ff9b::/96");

    /// <param name="allowPrivate">Also this machine's own and those of private networks, for development.</param>
    public static bool MayCall(IPAddress address, bool allowPrivate)
    {
        var meant = Meant(address);
        if (Metadata.Any(network => network.Contains(meant))) return false;
        return allowPrivate || (!NotPublic.Any(network => network.Contains(meant)) && (meant.AddressFamily == AddressFamily.InterNetwork || Global6.Contains(meant)));
    }

    /// <summary>Resolves, and connects to the first address that may be called and answers.</summary>
    /// <exception cref="WebhookAddressException">There is none that may be called.</exception>
    public static async ValueTask<Stream> ConnectAsync(DnsEndPoint endPoint, bool allowPrivate, CancellationToken cancellationToken)
    {
        var addresses = await Dns.GetHostAddressesAsync(endPoint.Host, cancellationToken);
        var allowed = addresses;
        if (allowed.Length == 0) throw new WebhookAddressException();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, endPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // An IPv6 address that stands for an IPv4 one goes where that goes.
    private static IPAddress Meant(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6) return address;
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        if (SixToFour.Contains(address)) return new(bytes.AsSpan(2, 4));
        if (Translated.Contains(address)) return new(bytes.AsSpan(12, 4));
        // Compatible addresses (RFC 4291, 2.5.5.1), which nobody uses for good.
        return BinaryPrimitives.ReadUInt64BigEndian(bytes) == 0 && BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(8)) == 0 && bytes[15] > 1 ? new(bytes.AsSpan(12, 4)) : address;
    }
}

/// <summary>The name leads to no address that may be called.</summary>
public sealed class WebhookAddressException() : Exception("the name leads to no public address");
