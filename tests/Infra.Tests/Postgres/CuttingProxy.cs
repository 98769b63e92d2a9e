using System.Net;
using System.Net.Sockets;

namespace Pipeline.Infra.Tests.Postgres;

/// <summary>Stands between a client and the server, and on demand swallows the server's next answer and cuts the connection: the
/// server has done its work, and the client is never told.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;
    private readonly string _host;
    private readonly int _port;
    private int _armed;
    private int _cuts;

    public CuttingProxy(string host, int port)
    {
        (_host, _port) = (host, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Cuts => _cuts;

    public void SwallowNextAnswer() => Interlocked.Exchange(ref _armed, 1);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true) connections.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_end.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            await server.ConnectAsync(_host, _port, _end.Token);
            var (near, far) = (client.GetStream(), server.GetStream());
            await Task.WhenAny(CopyAsync(near, far, cut: false), CopyAsync(far, near, cut: true));
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, bool cut)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReadAsync(buffer, _end.Token) is var read and > 0)
            {
                if (cut && Interlocked.Exchange(ref _armed, 0) == 1)
                {
                    Interlocked.Increment(ref _cuts);
                    return;
                }
                await to.WriteAsync(buffer.AsMemory(0, read), _end.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One side is gone, so this connection is over.
        }
    }
}
