using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using Azure.Core;
using Azure.Core.Pipeline;
using Pipeline.Infra.Blobs;
using Pipeline.Tests;

namespace Pipeline.Infra.Tests.Blobs;

public sealed class BlobContainerTests(AzuriteFixture azurite)
{
    private static readonly BlobPatience s_brief = new(3, TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(1));

    [Fact]
    public async Task A_blob_is_replaced_only_by_who_has_seen_it()
    {
        var container = new BlobContainer(await azurite.ContainerAsync());
        var first = (await container.PutAsync("note", "one"u8.ToArray(), null, Stop)).ShouldNotBeNull();

        (await container.PutAsync("note", "two"u8.ToArray(), null, Stop)).ShouldBeNull();
        var second = (await container.PutAsync("note", "two"u8.ToArray(), first, Stop)).ShouldNotBeNull();
        (await container.PutAsync("note", "three"u8.ToArray(), first, Stop)).ShouldBeNull();
        (await container.PutAsync("another", "three"u8.ToArray(), first, Stop)).ShouldBeNull();

        var read = (await container.ReadAsync("note", Stop)).ShouldNotBeNull();
        (read.State, read.Content).ShouldSatisfyAllConditions(r => r.State.ShouldBe(second), r => r.Content.ShouldBe("two"u8.ToArray()));
        (await container.ReadAsync("another", Stop)).ShouldBeNull();
        (await container.DeleteAsync("note", first, Stop)).ShouldBeFalse();
        (await container.DeleteAsync("note", second, Stop)).ShouldBeTrue();
        (await container.DeleteAsync("note", second, Stop)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_list_of_several_pages_has_every_name_once()
    {
        var container = new BlobContainer(await azurite.ContainerAsync());
        (await container.ListAsync("", 10, Stop).SelectMany(p => p).ToListAsync(Stop)).ShouldBeEmpty();
        var names = Enumerable.Range(0, 25).Select(i => $"a/{i:D2}").ToList();
        foreach (var name in names.Append("b/01")) await container.PutAsync(name, new byte[1], null, Stop);

        var pages = await container.ListAsync("a/", 10, Stop).ToListAsync(Stop);

        pages.Select(p => p.Count).ShouldBe([10, 10, 5]);
        pages.SelectMany(p => p).ShouldBe(names);
    }

    [Fact]
    public async Task A_key_that_is_not_the_account_s_is_told_so()
    {
        var options = await azurite.ContainerAsync() with { DevelopmentKey = Convert.ToBase64String(new byte[32]) };

        (await Should.ThrowAsync<BlobStorageException>(() => new BlobContainer(options).PutAsync("a", new byte[1], null, Stop))).Message.ShouldContain("does not take DevelopmentKey");
    }

    [Theory]
    [InlineData(503)]
    [InlineData(500)]
    [InlineData(429)]
    public async Task What_the_service_is_too_busy_for_is_sent_again_whole(int status)
    {
        var service = new Service(_ => new((HttpStatusCode)status), _ => new((HttpStatusCode)status), _ => Made());

        (await service.Container().PutAsync("a", "whole"u8.ToArray(), null, Stop)).ShouldNotBeNull();

        service.Requests.Count.ShouldBe(3);
        service.Requests.ShouldAllBe(r => r.Body == "whole" && r.IfNoneMatch == "*" && r.Version == "2023-11-03" && r.Authorization == "Bearer the-token");
    }

    [Fact]
    public async Task As_long_as_the_service_asks_for_it_is_left_alone()
    {
        var busy = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) { Headers = { RetryAfter = new RetryConditionHeaderValue(TimeSpan.FromSeconds(1)) } };
        var service = new Service(_ => busy, _ => Made());
        var begun = TimeProvider.System.GetTimestamp();

        await service.Container().PutAsync("a", new byte[1], null, Stop);

        TimeProvider.System.GetElapsedTime(begun).ShouldBeGreaterThan(TimeSpan.FromSeconds(0.9));
    }

    [Fact]
    public async Task A_write_that_came_through_before_the_connection_broke_is_not_written_twice()
    {
        var service = new Service(_ => throw new HttpRequestException("reset"), _ => Refused(409, "BlobAlreadyExists"));

        (await service.Container().PutAsync("a", new byte[1], null, Stop)).ShouldBeNull();
        service.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_answer_that_does_not_come_is_waited_for_only_so_long()
    {
        var service = new Service([.. Enumerable.Repeat<Func<HttpRequestMessage, HttpResponseMessage>>(_ => throw new TaskCanceledException("slow"), 9)]);

        (await Should.ThrowAsync<BlobStorageException>(() => service.Container().ReadAsync("a", Stop))).Message.ShouldContain("cannot be reached");
        service.Requests.Count.ShouldBe(4);
    }

    [Theory]
    [InlineData(404, "ContainerNotFound", "the container https://stub.blob.core.windows.net/payloads does not exist; create it")]
    [InlineData(403, "AuthorizationPermissionMismatch", "Storage Blob Data Contributor")]
    [InlineData(403, "AuthorizationFailure", "network rules")]
    [InlineData(401, "InvalidAuthenticationInfo", "does not accept who this program is")]
    [InlineData(400, "OutOfRangeInput", "answered 400 OutOfRangeInput")]
    public async Task A_refusal_says_what_to_do(int status, string code, string says)
    {
        foreach (var call in (Func<BlobContainer, Task>[])[
            c => c.PutAsync("a", new byte[1], null, Stop), c => c.ReadAsync("a", Stop), c => c.DeleteAsync("a", null, Stop), async c => await c.ListAsync("a", ct: Stop).ToListAsync(Stop)])
            (await Should.ThrowAsync<BlobStorageException>(() => call(new Service(_ => Refused(status, code)).Container()))).Message.ShouldContain(says);
    }

    [Fact]
    public async Task A_token_is_never_sent_over_http()
    {
        var service = new Service(_ => Made());

        await Should.ThrowAsync<InvalidOperationException>(() => service.Container("http://127.0.0.1:10000/account/payloads").PutAsync("a", new byte[1], null, Stop));
        service.Requests.ShouldBeEmpty();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static HttpResponseMessage Made() => new(HttpStatusCode.Created) { Headers = { ETag = new("\"1\"") } };

    private static HttpResponseMessage Refused(int status, string code)
    {
        var answer = new HttpResponseMessage((HttpStatusCode)status);
        answer.Headers.Add("x-ms-error-code", code);
        return answer;
    }

    /// <summary>Answers in turn; what is asked beyond that is refused.</summary>
    private sealed class Service(params Func<HttpRequestMessage, HttpResponseMessage>[] answers) : HttpMessageHandler
    {
        public ConcurrentQueue<(string Body, string IfNoneMatch, string Version, string Authorization)> Requests { get; } = [];

        public BlobContainer Container(string address = "https://stub.blob.core.windows.net/payloads") =>
            new(new(new Uri(address)), () => new TheToken(), new HttpClientTransport(new HttpClient(this)), s_brief);

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Enqueue((
                request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken), request.Headers.IfNoneMatch.ToString(),
                request.Headers.GetValues("x-ms-version").Single(), request.Headers.Authorization?.ToString() ?? ""));
            return Requests.Count <= answers.Length ? answers[Requests.Count - 1](request) : Refused(400, "TooManyRequests");
        }
    }

    private sealed class TheToken : TokenCredential
    {
        public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) => new("the-token", DateTimeOffset.MaxValue);

        public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken)
        {
            requestContext.Scopes.ShouldBe(["https://storage.azure.com/.default"]);
            return ValueTask.FromResult(GetToken(requestContext, cancellationToken));
        }
    }
}
