using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Pipeline.EndToEnd.Tests.Hosted;

/// <summary>Plays the Azure Functions host to a published program: reads host.json and every function.json, starts the program as it would, and speaks its custom-handler
/// protocol with the traps that its source has (DefaultHttpWorkerService, HttpFunctionInvocationDispatcher of azure-functions-host).</summary>
internal sealed class FunctionsHost : IAsyncDisposable
{
    // The host's own patience is 30 s, on a machine that has nothing else to do.
    private static readonly TimeSpan s_initialization = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(25);
    private const int MostWorkerErrors = 3;

    // Connections are not kept: a worker that was killed must not be called over what is left of them.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromSeconds(5) }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<string> _failures = [];
    private readonly SemaphoreSlim _starting = new(1, 1);
    private readonly string _folder;
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly TimeSpan _functionTimeout;
    private HostedWorker _worker;
    private HostedRoutes _routes = null!;
    private Task _pumps = Task.CompletedTask;
    private int _errors;
    private volatile bool _isStopping;
    private volatile TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private FunctionsHost(string folder, TestServiceBus bus, IReadOnlyDictionary<string, string> settings, TimeSpan? functionTimeout)
    {
        (_folder, Bus, _settings) = (folder, bus, settings);
        File = HostFile.Read(folder);
        Functions = HostedFunction.ReadAll(folder);
        _functionTimeout = functionTimeout ?? File.FunctionTimeout;
        _worker = null!;
    }

    public HostFile File { get; }
    public IReadOnlyList<HostedFunction> Functions { get; }
    public TestServiceBus Bus { get; }

    /// <summary>Where the function app's HTTP functions are.</summary>
    public Uri Url => _routes.Url;

    /// <summary>Calls that failed, as <c>Function: why</c>.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>How often the program was started.</summary>
    public int Starts { get; private set; }

    /// <summary>What the program said.</summary>
    public string Log => _worker.Log;

    public int ProcessId => _worker.Id;

    /// <param name="settings">The function app's settings.</param>
    /// <param name="functionTimeout">Instead of host.json's.</param>
    /// <param name="concurrency">Instead of host.json's <c>maxConcurrentCalls</c>.</param>
    public static async Task<FunctionsHost> StartAsync(
        string folder, TestServiceBus bus, IReadOnlyDictionary<string, string> settings, TimeSpan? functionTimeout = null, int? concurrency = null)
    {
        var host = new FunctionsHost(folder, bus, settings, functionTimeout);
        await host.StartWorkerAsync();
        host._routes = await HostedRoutes.StartAsync(host);
        host._pumps = Task.WhenAll(
            from function in host.Functions
            where function.Of("type") == "serviceBusTrigger"
            from _ in Enumerable.Range(0, concurrency ?? host.File.ConcurrentCalls)
            select Task.Run(() => host.PumpAsync(function)));
        return host;
    }

    public HostedFunction Function(string name) => Functions.Single(f => f.Name == name);

    /// <summary>The timer is due.</summary>
    public Task<JsonObject?> FireAsync(string function, bool isPastDue = false) => InvokeAsync(Function(function), HostPayload.OfTimer(Function(function), isPastDue));

    /// <summary>One call; its messages are sent.</summary>
    /// <returns>The outputs; null when it failed.</returns>
    public async Task<JsonObject?> InvokeAsync(HostedFunction function, JsonObject payload)
    {
        try
        {
            var outputs = await CallAsync(function, payload);
            foreach (var binding in function.Outputs.Where(b => HostedFunction.Text(b, "type") == "serviceBus")) Send(binding, outputs[HostedFunction.Text(binding, "name")!]);
            return outputs;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException or InvalidOperationException or System.Text.Json.JsonException)
        {
            _failures.Add($"{function.Name}: {e.Message}");
            return null;
        }
    }

    /// <summary>Passes a request on as it came, to where it was sent (<c>enableProxyingHttpRequest</c>).</summary>
    public async Task<HttpResponseMessage> ForwardAsync(HttpRequestMessage request)
    {
        await _ready.Task.WaitAsync(_stop.Token);
        request.RequestUri = new Uri(_worker.Url, request.RequestUri!.PathAndQuery);
        AddHeaders(request);
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, _stop.Token);
    }

    /// <summary>SIGKILL, in the middle of whatever it does. The host notices, and starts it again.</summary>
    public void KillWorker() => _worker.Kill();

    public async ValueTask DisposeAsync()
    {
        _isStopping = true;
        await _stop.CancelAsync();
        await _pumps.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_routes is not null) await _routes.DisposeAsync();
        _worker?.Dispose();
        _http.Dispose();
        _stop.Dispose();
        _starting.Dispose();
    }

    private async Task<JsonObject> CallAsync(HostedFunction function, JsonObject payload)
    {
        // While the worker starts again, calls wait for it.
        await _ready.Task.WaitAsync(_stop.Token);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        timeout.CancelAfter(_functionTimeout);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_worker.Url, function.Name)) { Content = new StringContent(payload.ToJsonString(), Encoding.UTF8, "application/json") };
            AddHeaders(request);
            using var answer = await _http.SendAsync(request, timeout.Token);
            answer.EnsureSuccessStatusCode();
            var body = await answer.Content.ReadAsStringAsync(timeout.Token);
            // Nothing to make a result of: the invocation waits until its time is over.
            if (body.Length == 0 || JsonNode.Parse(body) is not { } content) await Task.Delay(Timeout.Infinite, timeout.Token);
            else if (!(answer.Content.Headers.ContentType?.MediaType ?? "").Contains("json", StringComparison.Ordinal)) throw new InvalidOperationException($"no formatter reads {answer.Content.Headers.ContentType}");
            else return content["Outputs"] as JsonObject ?? [];
            throw new UnreachableException();
        }
        catch (OperationCanceledException e) when (!_stop.IsCancellationRequested)
        {
            // No cancellation reaches the handler: the worker is taken away from under it.
            _worker.Kill();
            throw new TimeoutException($"exceeded {_functionTimeout}", e);
        }
    }

    private async Task PumpAsync(HostedFunction function)
    {
        while (!_stop.IsCancellationRequested)
        {
            if (Bus.Receive(function.Of("queueName")!) is not { } message)
            {
                await Task.Delay(10, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }
            try
            {
                if (await InvokeAsync(function, HostPayload.OfMessage(function, message)) is null)
                {
                    Bus.Abandon(message);
                    // The broker sends it again at once; a moment spares the test's machine.
                    await Task.Delay(50, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
                else
                {
                    Bus.Complete();
                }
            }
            catch (OperationCanceledException)
            {
                Bus.Abandon(message);
            }
        }
    }

    // A binding that is not binary takes a string that is base64 for the bytes it stands for; each element of an array is a message.
    private void Send(JsonObject binding, JsonNode? value)
    {
        foreach (var item in value is JsonArray many ? many : value is null ? [] : [value.DeepClone()])
        {
            var text = item!.GetValueKind() == System.Text.Json.JsonValueKind.String ? item.GetValue<string>() : item.ToJsonString();
            var buffer = new byte[text.Length];
            Bus.Send(HostedFunction.Text(binding, "queueName")!, Convert.TryFromBase64String(text, buffer, out var written) ? buffer[..written] : Encoding.UTF8.GetBytes(text));
        }
    }

    private static void AddHeaders(HttpRequestMessage request)
    {
        request.Headers.TryAddWithoutValidation("X-Azure-Functions-Host-Version", "4.1044.400");
        request.Headers.TryAddWithoutValidation("X-Azure-Functions-InvocationId", Guid.NewGuid().ToString());
        request.Headers.TryAddWithoutValidation("User-Agent", "Azure-Functions-Host/4.1044.400");
    }

    private async Task StartWorkerAsync()
    {
        await _starting.WaitAsync(_stop.Token);
        try
        {
            if (_isStopping) return;
            Starts++;
            _worker = HostedWorker.Start(File, _folder, _settings, () => OnExit());
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            patience.CancelAfter(s_initialization);
            while (true)
            {
                try
                {
                    // Any answer will do.
                    using var answer = await _http.GetAsync(_worker.Url, patience.Token);
                    _ready.TrySetResult();
                    return;
                }
                catch (HttpRequestException e) when (e.InnerException is SocketException)
                {
                    await Task.Delay(s_poll, patience.Token);
                }
                catch (OperationCanceledException e) when (!_stop.IsCancellationRequested)
                {
                    throw new TimeoutException($"Initializing HttpWorker timed out.\n{_worker.Log}", e);
                }
            }
        }
        finally
        {
            _starting.Release();
        }
    }

    private void OnExit()
    {
        if (_isStopping || Interlocked.Increment(ref _errors) > MostWorkerErrors) return;
        _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = StartWorkerAsync();
    }
}

/// <summary>The program in a process of its own, with the environment that the host gives it.</summary>
internal sealed class HostedWorker : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _log = new();

    private HostedWorker(Process process, Uri url) => (_process, Url) = (process, url);

    public Uri Url { get; }

    public int Id => _process.Id;

    public string Log
    {
        get
        {
            lock (_log) return _log.ToString();
        }
    }

    public static HostedWorker Start(HostFile file, string folder, IReadOnlyDictionary<string, string> settings, Action exited)
    {
        var port = UnusedPort();
        var start = new ProcessStartInfo(file.Executable) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in file.Arguments) start.ArgumentList.Add(argument);
        // Nothing of the test's own environment that the platform would not have.
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment["HOME"] = Environment.GetEnvironmentVariable("HOME");
        foreach (var (name, value) in settings) start.Environment[name] = value;
        var id = Guid.NewGuid().ToString();
        start.Environment["FUNCTIONS_CUSTOMHANDLER_PORT"] = start.Environment["FUNCTIONS_HTTPWORKER_PORT"] = $"{port}";
        start.Environment["FUNCTIONS_CUSTOMHANDLER_WORKER_ID"] = start.Environment["FUNCTIONS_HTTPWORKER_ID"] = id;
        start.Environment["FUNCTIONS_APP_ROOT_PATH"] = folder;
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var worker = new HostedWorker(process, new($"http://127.0.0.1:{port}/"));
        process.OutputDataReceived += worker.Keep;
        process.ErrorDataReceived += worker.Keep;
        process.Exited += (_, _) => exited();
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return worker;
    }

    public void Kill()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
    }

    public void Dispose()
    {
        Kill();
        _process.WaitForExit(TimeSpan.FromSeconds(10));
        _process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_log) _log.AppendLine(line.Data);
    }

    private static int UnusedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
