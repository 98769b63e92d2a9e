using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Pipeline.EndToEnd.Tests.Running;
using Pipeline.Functions.Cli;
using Pipeline.Functions.Cli.Api;
using Pipeline.Tests;

namespace Pipeline.EndToEnd.Tests.Cli;

/// <summary>A server elsewhere, and who asks it.</summary>
public sealed class ServerAccessTests
{
    private const string Secret = "eyJhbGciOi.s3cret-_~+/=";

    [Theory]
    [InlineData("https://pipeline.example.org")]
    [InlineData("https://pipeline.example.org/below/")]
    [InlineData("http://localhost:7071")]
    [InlineData("http://127.0.0.1:7071/")]
    [InlineData("http://[::1]:7071")]
    public void Beyond_this_machine_it_is_https_and_here_it_may_be_http(string url) => ServerAccess.AddressOf(url, "--url").ToString().ShouldBe(url.TrimEnd('/') + "/");

    [Theory]
    [InlineData("http://pipeline.example.org", "is not encrypted")]
    [InlineData("http://localhost.example.org", "is not encrypted")]
    [InlineData("http://127.0.0.1.example.org", "is not encrypted")]
    [InlineData("http://10.0.0.4", "is not encrypted")]
    [InlineData("ftp://localhost", "is not an http address")]
    [InlineData("pipeline.example.org", "is not an http address")]
    [InlineData("https://ada:pw@pipeline.example.org", "has a user's name or password in it")]
    public void Any_other_address_is_refused(string url, string why) => Refusal(() => ServerAccess.AddressOf(url, "PIPELINE_SERVER")).ShouldStartWith($"PIPELINE_SERVER {why}");

    [Theory]
    [InlineData(" \n")]
    [InlineData("two words")]
    [InlineData("line\r\nX-Other: header")]
    [InlineData("Bearer eyJ")]
    [InlineData("\"quoted\"")]
    public void What_is_no_token_is_not_sent_and_not_told(string text)
    {
        using var folder = new ScratchFolder();

        foreach (var token in new[] { new BearerToken(text, null), new BearerToken(null, folder.Write("token", text)) })
            Refusal(() => token.Header()).ShouldSatisfyAllConditions(m => m.ShouldContain("is no bearer token"), m => m.ShouldNotContain("X-Other"));
        Refusal(() => new BearerToken(null, folder["none"]).Header()).ShouldContain("PIPELINE_TOKEN_FILE names cannot be read");
        Refusal(() => new BearerToken(null, folder.Write("long", new string('a', 20_000))).Header()).ShouldContain("is no bearer token");
    }

    [Fact]
    public async Task A_token_goes_with_every_request_and_a_file_is_read_anew()
    {
        await using var server = await Listener.StartAsync();
        using var folder = new ScratchFolder();
        var file = folder.Write("token", "first\n");
        using var client = LedgerClient.For(server.Url, new(null, file));

        await client.ProbeAsync(TestContext.Current.CancellationToken);
        folder.Write("token", "second");
        await client.ProbeAsync(TestContext.Current.CancellationToken);

        server.Shown.ShouldBe(["/healthz Bearer first", "/healthz Bearer second"]);
    }

    [Fact]
    public async Task Commands_find_the_server_and_the_token_in_the_environment_and_print_neither_secret()
    {
        await using var server = await Listener.StartAsync();
        var (code, error) = await RunAsync(server.Url, ["status"]);

        code.ShouldBe(ExitCodes.Refused);
        server.Shown.ShouldAllBe(s => s.EndsWith($"Bearer {Secret}", StringComparison.Ordinal));
        server.Shown.ShouldContain(s => s.StartsWith("/api/status", StringComparison.Ordinal));
        error.ShouldContain("401");
        error.ShouldContain("bearer token, in PIPELINE_TOKEN");
        error.ShouldNotContain("s3cret");
    }

    [Fact]
    public async Task A_token_follows_no_redirect()
    {
        await using var server = await Listener.StartAsync();
        await using var other = await Listener.StartAsync();
        server.LeadsTo = other.Url;

        var (code, error) = await RunAsync(server.Url, ["status"]);

        code.ShouldBe(ExitCodes.Refused);
        error.ShouldContain("302");
        other.Shown.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_home_that_is_named_goes_before_a_server_of_the_environment()
    {
        await using var server = await Listener.StartAsync();
        using var folder = new ScratchFolder();

        var (code, error) = await RunAsync(server.Url, ["status", "--home", folder["none"]]);

        code.ShouldBe(ExitCodes.NoServer);
        error.ShouldContain("There is no ledger in");
        server.Shown.ShouldBeEmpty();
    }

    private static async Task<(int ExitCode, string Error)> RunAsync(Uri server, string[] args)
    {
        using var process = PipelineProcess.Start(PostgresFixture.NewHome(), null, new Dictionary<string, string?> { ["PIPELINE_SERVER"] = server.ToString(), ["PIPELINE_TOKEN"] = Secret }, args);
        return (await process.EndAsync(), process.Error);
    }

    private static string Refusal(Action act) => Should.Throw<CliFailure>(act).Message;

    /// <summary>Notes who asked for what, and lets nobody in but to <c>/healthz</c>.</summary>
    private sealed class Listener : IAsyncDisposable
    {
        private readonly WebApplication _app;

        private Listener(WebApplication app) => _app = app;

        public Uri Url => new(_app.Urls.First());
        public ConcurrentQueue<string> Shown { get; } = [];

        /// <summary>Where whoever asks for more than <c>/healthz</c> is sent; null: nowhere.</summary>
        public Uri? LeadsTo { get; set; }

        public static async Task<Listener> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var listener = new Listener(builder.Build());
            listener._app.Run(listener.AnswerAsync);
            await listener._app.StartAsync(TestContext.Current.CancellationToken);
            return listener;
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();

        private Task AnswerAsync(HttpContext context)
        {
            Shown.Enqueue($"{context.Request.Path} {context.Request.Headers.Authorization}");
            if (context.Request.Path == "/healthz") return Task.CompletedTask;
            context.Response.StatusCode = LeadsTo is null ? StatusCodes.Status401Unauthorized : StatusCodes.Status302Found;
            if (LeadsTo is { } url) context.Response.Headers.Location = url.ToString();
            return Task.CompletedTask;
        }
    }
}
