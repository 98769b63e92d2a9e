using System.Diagnostics;
using System.Text;
using Azure.Core;
using Azure.Identity;
using Microsoft.AspNetCore.Http;
using Pipeline.Infra.Composers;

namespace Pipeline.EndToEnd.Tests.Composing;

/// <summary>Requests over real HTTP to an endpoint that misbehaves.</summary>
public sealed class ChatEndpointTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_says_what_it_wants_and_who_sends_it()
    {
        await using var model = await StubModel.StartAsync();
        model.Behaviour = (context, _) => context.Response.WriteAsync("""{"model":"stub-1-2026-02"}""");
        var reply = (await SendAsync(model, ("ApiKey", "sk-test"), ("Temperature", "0.2"))).ShouldBeOfType<ChatReply.Received>();

        Encoding.UTF8.GetString(reply.Body).ShouldContain("stub-1-2026-02");
        var request = model.Requests.Single();
        request["model"]!.GetValue<string>().ShouldBe("stub-1");
        request["response_format"]!["type"]!.GetValue<string>().ShouldBe("json_schema");
        request["response_format"]!["json_schema"]!["schema"]!["properties"]!["patches"]!["items"]!["properties"]!["section"]!["enum"]!.ToJsonString().ShouldBe("[\"Steps\"]");
        request["max_tokens"]!.GetValue<int>().ShouldBe(4000);
        request["temperature"]!.GetValue<double>().ShouldBe(0.2);
        model.Headers.Single()["Authorization"].ShouldBe("Bearer sk-test");
        model.Headers.Single()["Idempotency-Key"].ShouldStartWith("sha256:");
    }

    [Fact]
    public async Task Azure_is_asked_for_a_deployment_with_its_key_or_with_a_token_of_Entra_ID()
    {
        await using var model = await StubModel.StartAsync();
        model.Behaviour = (context, _) => context.Response.WriteAsync("{}");
        var root = model.Url.Replace("/v1", "", StringComparison.Ordinal);

        (await SendAsync(model, ("Endpoint", root), ("ApiVersion", "2024-10-21"), ("Auth", "azure-key"), ("ApiKey", "k"))).ShouldBeOfType<ChatReply.Received>();
        model.Headers.Last()["api-key"].ShouldBe("k");

        (await SendAsync(model, ("Endpoint", root), ("ApiVersion", "2024-10-21"), ("Auth", "entra"))).ShouldBeOfType<ChatReply.Received>();
        model.Headers.Last()["Authorization"].ShouldBe("Bearer token-for-https://cognitiveservices.azure.com/.default");
    }

    [Fact]
    public async Task Without_a_token_of_Entra_ID_nothing_goes_out()
    {
        await using var model = await StubModel.StartAsync();

        Failed(await SendAsync(model, new NoToken(), ("Auth", "entra"))).ShouldBe(("unauthorised", false, 0));
        model.Calls.ShouldBe(0);
    }

    [Fact]
    public async Task A_pause_that_is_asked_for_is_kept()
    {
        await using var model = await StubModel.StartAsync();
        model.Behaviour = (context, turn) => turn.Number == 1 ? StatusAsync(context, 429, retryAfter: "2") : context.Response.WriteAsync("{}");
        var clock = Stopwatch.StartNew();

        (await SendAsync(model)).ShouldBeOfType<ChatReply.Received>().Attempts.ShouldBe(2);

        clock.Elapsed.ShouldBeGreaterThan(TimeSpan.FromSeconds(1.9));
    }

    [Fact]
    public async Task A_pause_that_is_longer_than_there_is_time_is_not_begun()
    {
        await using var model = await StubModel.StartAsync();
        model.Behaviour = (context, _) => StatusAsync(context, 429, retryAfter: "3600");

        Failed(await SendAsync(model)).ShouldBe(("rate-limited", false, 1));
    }

    [Theory]
    [InlineData(429, "rate-limited", 2)]
    [InlineData(500, "server-error", 2)]
    [InlineData(503, "server-error", 2)]
    [InlineData(400, "bad-request", 1)]
    [InlineData(401, "unauthorised", 1)]
    [InlineData(404, "not-found", 1)]
    [InlineData(302, "bad-request", 1)]
    public async Task What_may_pass_is_tried_again_so_often_and_no_more(int status, string code, int calls)
    {
        await using var model = await StubModel.StartAsync();
        model.Behaviour = (context, _) =>
        {
            context.Response.Headers.Location = $"{model.Url}/elsewhere";
            return StatusAsync(context, status);
        };

        Failed(await SendAsync(model, ("MaxRetries", "1"))).ShouldBe((code, false, calls));
        model.Calls.ShouldBe(calls);
    }

    [Fact]
    public async Task Who_does_not_answer_in_time_is_not_waited_for_and_may_have_cost_something()
    {
        await using var model = await StubModel.StartAsync();
        model.Behaviour = (context, _) => Task.Delay(Timeout.Infinite, context.RequestAborted);

        Failed(await SendAsync(model, ("Timeout", "1"))).ShouldBe(("timeout", true, 1));
    }

    [Fact]
    public async Task Who_answers_drop_by_drop_is_not_waited_for_either()
    {
        await using var model = await StubModel.StartAsync();
        model.Behaviour = async (context, _) =>
        {
            while (true)
            {
                await context.Response.WriteAsync(" ", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(50, context.RequestAborted);
            }
        };

        Failed(await SendAsync(model, ("Timeout", "1"))).ShouldBe(("timeout", true, 1));
    }

    [Fact]
    public async Task A_response_without_end_is_not_read_to_its_end()
    {
        await using var model = await StubModel.StartAsync();
        // Who read on would never come to the end: it goes on until the other side hangs up.
        model.Behaviour = async (context, _) =>
        {
            var chunk = new byte[64 * 1024];
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(chunk, context.RequestAborted);
        };

        Failed(await SendAsync(model)).ShouldBe(("too-large", true, 1));
    }

    [Fact]
    public async Task A_connection_that_is_cut_is_not_paid_for_twice()
    {
        await using var model = await StubModel.StartAsync();
        model.Behaviour = async (context, _) =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.WriteAsync("{\"choices\":[");
            await context.Response.Body.FlushAsync();
            context.Abort();
        };

        Failed(await SendAsync(model)).ShouldBe(("connection-cut", true, 1));
        model.Behaviour = (context, _) =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        Failed(await SendAsync(model)).ShouldBe(("connection-cut", true, 1));
    }

    [Fact]
    public async Task Where_nobody_listens_it_says_so()
    {
        var model = await StubModel.StartAsync();
        var settings = model.Settings();
        await model.DisposeAsync();

        var failed = (await SendAsync(settings, new TestToken(), ("MaxRetries", "1"))).ShouldBeOfType<ChatReply.Failed>();
        Failed(failed).ShouldBe(("unreachable", false, 2));
        failed.Reason.ShouldContain("127.0.0.1:");
    }

    private static (string Code, bool MayBeBilled, int Attempts) Failed(ChatReply reply)
    {
        var failed = reply.ShouldBeOfType<ChatReply.Failed>();
        return (failed.Code, failed.MayBeBilled, failed.Attempts);
    }

    private static Task StatusAsync(HttpContext context, int status, string? retryAfter = null)
    {
        context.Response.StatusCode = status;
        if (retryAfter is not null) context.Response.Headers.RetryAfter = retryAfter;
        return context.Response.WriteAsync("no");
    }

    private static Task<ChatReply> SendAsync(StubModel model, params (string, string)[] more) => SendAsync(model, new TestToken(), more);

    private static Task<ChatReply> SendAsync(StubModel model, TokenCredential entra, params (string, string)[] more) => SendAsync(model.Settings(), entra, more);

    private static async Task<ChatReply> SendAsync(Dictionary<string, string?> settings, TokenCredential entra, params (string Name, string Value)[] more)
    {
        foreach (var (name, value) in more) settings[$"Composer:{name}"] = value;
        var options = ComposerSettings.Read(settings.Select(s => KeyValuePair.Create(s.Key["Composer:".Length..], s.Value)));
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan };
        var endpoint = new ChatEndpoint(http, options, new EndpointCredential(options, () => entra), TimeProvider.System);
        return await endpoint.SendAsync(ChatRequest.Of(options, ComposerPrompt.WordSkill, "material", ["Steps"]), Stop);
    }

    private sealed class TestToken : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => new($"token-for-{requestContext.Scopes[0]}", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(GetToken(requestContext, cancellationToken));
    }

    private sealed class NoToken : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new CredentialUnavailableException("nobody is signed in");

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => throw new CredentialUnavailableException("nobody is signed in");
    }
}
