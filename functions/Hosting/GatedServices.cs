namespace Pipeline.Functions.Hosting;

/// <summary>What works in the background, started only when the gate opens: listening comes first, and none of it can do anything on a schema that is not there.</summary>
internal sealed class GatedServices(StartGate gate, IReadOnlyList<IHostedService> services) : BackgroundService
{
    private readonly List<IHostedService> _started = [];

    private const string WebServer = "Microsoft.AspNetCore.Hosting.GenericWebHostService";

    /// <summary>Puts all that was added so far behind the gate, but for the web server.</summary>
    public static void Hold(IServiceCollection services, StartGate gate)
    {
        var held = services.Where(s => s.ServiceType == typeof(IHostedService) && s.ImplementationType?.FullName != WebServer).ToList();
        foreach (var service in held) services.Remove(service);
        services.AddSingleton<IHostedService>(s => new GatedServices(gate, [.. held.Select(h => (IHostedService)(h.ImplementationFactory?.Invoke(s) ?? ActivatorUtilities.CreateInstance(s, h.ImplementationType!)))]));
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var service in Enumerable.Reverse(_started)) await service.StopAsync(cancellationToken);
    }

    public override void Dispose()
    {
        foreach (var service in services.OfType<IDisposable>()) service.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await gate.Opened.WaitAsync(stoppingToken);
        foreach (var service in services)
        {
            await service.StartAsync(stoppingToken);
            _started.Add(service);
        }

        // So that the program ends with the first that breaks, as it would without the gate.
        var running = _started.OfType<BackgroundService>().Select(s => s.ExecuteTask ?? Task.CompletedTask).ToList();
        while (running.Count > 0)
        {
            var ended = await Task.WhenAny(running).WaitAsync(stoppingToken);
            await ended;
            running.Remove(ended);
        }
    }
}
