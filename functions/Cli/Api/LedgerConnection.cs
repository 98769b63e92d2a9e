using Pipeline.Functions.Local;

namespace Pipeline.Functions.Cli.Api;

/// <summary>A client of the server that is named, or runs for the home, or is started in this process for as long as this is held.</summary>
internal sealed class LedgerConnection : IAsyncDisposable
{
    private readonly LedgerServer? server;

    private LedgerConnection(Uri url, LedgerServer? server, BearerToken? token = null)
    {
        this.server = server;
        Url = url;
        Client = LedgerClient.For(url, token);
    }

    public Uri Url { get; }
    public LedgerClient Client { get; }

    /// <summary>Whether the server goes when the connection does.</summary>
    public bool IsOwn => server is not null;

    /// <param name="begins">Whether a home without a ledger gets one; else it is taken for a mistake.</param>
    public static async Task<LedgerConnection> OpenAsync(Uri? url, PipelineHome home, bool begins, Terminal terminal, CancellationToken ct)
    {
        // Only who is named by its address is shown the token: a server that was found here asks for none.
        if (url is not null) return await ToAsync(url, BearerToken.OfEnvironment(), ct);
        if (await RunningServer.FindAsync(home, ct) is { } running) return await ToAsync(running.Url, null, ct);
        if (!begins && !LedgerServer.HasLedger(home))
            throw new CliFailure(ExitCodes.NoServer, $"There is no ledger in {home.Path}. Make one with `{Invocation.Of("up")}`, or check --home and {PipelineHome.Variable}.");
        terminal.Say($"No server runs for {home.Path}: starting one for as long as this takes ...");
        return await StartAsync(new LedgerServerOptions(home), terminal, ct);
    }

    /// <summary>Starts a server in this process.</summary>
    /// <exception cref="CliFailure">It cannot be started; the message says why.</exception>
    public static async Task<LedgerConnection> StartAsync(LedgerServerOptions options, Terminal terminal, CancellationToken ct)
    {
        var started = await StartServerAsync(options, terminal, ct);
        return new(started.Url, started);
    }

    /// <summary>Ends when the own server was shut down from outside; never for another's.</summary>
    public Task Completion => server?.Completion ?? Task.Delay(Timeout.Infinite, CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (server is not null) await server.DisposeAsync();
    }

    private static async Task<LedgerServer> StartServerAsync(LedgerServerOptions options, Terminal terminal, CancellationToken ct)
    {
        try
        {
            return await LedgerServer.StartAsync(options, terminal.Say, ct);
        }
        catch (Exception e) when (e is not (OperationCanceledException or CliFailure))
        {
            throw new CliFailure(ExitCodes.NoServer, $"The server could not be started: {e.Message}");
        }
    }

    private static async Task<LedgerConnection> ToAsync(Uri url, BearerToken? token, CancellationToken ct)
    {
        var connection = new LedgerConnection(url, server: null, token);
        try
        {
            await connection.Client.ProbeAsync(ct);
            return connection;
        }
        catch (HttpRequestException e)
        {
            await connection.DisposeAsync();
            throw new CliFailure(ExitCodes.NoServer, $"No server answers at {url}: {e.Message} Start one with `{Invocation.Of("up")}`, or check --url and {ServerAccess.ServerVariable}.");
        }
    }
}
