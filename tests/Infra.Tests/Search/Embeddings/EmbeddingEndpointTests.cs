using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Pipeline.Infra.Search.Embeddings;

namespace Pipeline.Infra.Tests.Search.Embeddings;

/// <summary>An endpoint that is slow, busy, wrong or gone.</summary>
public sealed class EmbeddingEndpointTests : IAsyncLifetime
{
    private StubEmbeddings _stub = null!;

    public async ValueTask InitializeAsync() => _stub = await StubEmbeddings.StartAsync();

    public ValueTask DisposeAsync() => _stub.DisposeAsync();

    [Fact]
    public async Task Vectors_come_in_the_texts_order_whatever_the_answers_and_are_of_length_one()
    {
        _stub.Answer = texts =>
        {
            var answer = StubEmbeddings.Of(texts.Select(StubEmbeddings.Vector));
            answer["data"] = new JsonArray([.. answer["data"]!.AsArray().Reverse().Select(n => n!.DeepClone())]);
            return answer;
        };
        var vectors = await EmbedAsync("a refund", "a seat");
        vectors.Select(v => v.ToArray().Select((n, i) => (n, i)).Max().i).ShouldBe([0, 1]);
        vectors.ShouldAllBe(v => Math.Abs(v.ToArray().Sum(n => n * n) - 1) < 1e-5);
        _stub.Requests.ShouldHaveSingleItem().ShouldSatisfyAllConditions(r => r["model"]!.GetValue<string>().ShouldBe("stub"), r => r["dimensions"]!.GetValue<int>().ShouldBe(3));
    }

    [Fact]
    public async Task Who_is_busy_is_asked_again_after_the_pause_that_it_wants()
    {
        _stub.Mood = (context, number) =>
        {
            if (number > 1) return Task.FromResult(false);
            context.Response.StatusCode = 429;
            context.Response.Headers.RetryAfter = "1";
            return Task.FromResult(true);
        };
        var began = TimeProvider.System.GetTimestamp();
        (await EmbedAsync("a refund")).Count.ShouldBe(1);
        TimeProvider.System.GetElapsedTime(began).ShouldBeGreaterThan(TimeSpan.FromSeconds(0.9));
    }

    [Fact]
    public async Task Who_is_slow_is_waited_for_no_longer_than_was_said()
    {
        _stub.Mood = async (context, _) =>
        {
            await Task.Delay(TimeSpan.FromSeconds(30), context.RequestAborted);
            return true;
        };
        var began = TimeProvider.System.GetTimestamp();
        (await RefusedAsync(TimeSpan.FromMilliseconds(300))).Message.ShouldContain("within");
        TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData("""{"data":[{"index":0,"embedding":[1,2]}]}""", "2 dimensions and not 3")]
    [InlineData("""{"data":[]}""", "0 embeddings came for 1")]
    [InlineData("""{"data":[{"index":7,"embedding":[1,2,3]}]}""", "which embedding")]
    [InlineData("""{"data":[{"index":0,"embedding":[0,0,0]}]}""", "no direction")]
    [InlineData("""{"data":[{"index":0,"embedding":["a",0,0]}]}""", "not what")]
    [InlineData("""{"error":"nonsense"}""", "not what")]
    public async Task An_answer_that_is_not_as_was_asked_is_not_believed(string answer, string problem)
    {
        _stub.Answer = _ => JsonNode.Parse(answer)!.AsObject();
        (await RefusedAsync(TimeSpan.FromSeconds(10))).Message.ShouldContain(problem);
    }

    [Fact]
    public async Task An_answer_without_an_end_is_broken_off()
    {
        _stub.Mood = async (context, _) =>
        {
            var blanks = new byte[64 * 1024];
            Array.Fill(blanks, (byte)' ');
            for (var i = 0; i < 100 && !context.RequestAborted.IsCancellationRequested; i++) await context.Response.Body.WriteAsync(blanks, context.RequestAborted);
            return true;
        };
        (await RefusedAsync(TimeSpan.FromSeconds(10))).Message.ShouldContain("bytes");
    }

    [Fact]
    public async Task A_wrong_key_is_not_tried_again_and_not_told()
    {
        _stub.Options = _stub.Options with { ApiKey = "another" };
        (await RefusedAsync(TimeSpan.FromSeconds(10))).Message.ShouldBe("the endpoint answered 401");
        _stub.Requests.Count.ShouldBe(1);
    }

    private Task<IReadOnlyList<ReadOnlyMemory<float>>> EmbedAsync(params string[] texts) => _stub.Endpoint().EmbedAsync(texts, _stub.Options.Timeout, CancellationToken.None);

    private Task<EmbeddingException> RefusedAsync(TimeSpan timeout) =>
        Should.ThrowAsync<EmbeddingException>(() => _stub.Endpoint().EmbedAsync(["a refund"], timeout, CancellationToken.None));
}
