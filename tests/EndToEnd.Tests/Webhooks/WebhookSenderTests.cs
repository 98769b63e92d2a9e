using Pipeline.Infra.Webhooks;

namespace Pipeline.EndToEnd.Tests.Webhooks;

public sealed class WebhookSenderTests : IAsyncLifetime
{
    private StubReceiver receiver = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => receiver = await StubReceiver.StartAsync();

    public ValueTask DisposeAsync() => receiver.DisposeAsync();

    [Theory]
    [InlineData("http", "127.0.0.1")]
    [InlineData("https", "localhost")]
    public async Task What_the_operator_allows_no_longer_is_not_called_and_the_reason_says_so(string scheme, string host)
    {
        using var sender = new WebhookSender(new() { AllowPrivate = false }, TimeProvider.System);

        var answer = await SendAsync(sender, $"{scheme}://{host}:{receiver.Url.Port}/hook");

        answer.Status.ShouldBeNull();
        answer.Error.ShouldContain("Webhooks__AllowPrivate=true");
        receiver.Deliveries.ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_hangs_takes_no_connection_from_others_on_the_same_host()
    {
        receiver.Answers = context => context.Request.QueryString.HasValue ? StubReceiver.Hang(context) : StubReceiver.Ok(context);
        using var sender = new WebhookSender(new() { AllowPrivate = true, Timeout = TimeSpan.FromSeconds(20) }, TimeProvider.System);
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var hanging = Enumerable.Range(1, 6).Select(n => SendAsync(sender, new Uri(receiver.Url, $"/hook?n={n}").ToString(), enough.Token)).ToList();
        while (receiver.Deliveries.Count < 4) await Task.Delay(20, Stop);

        var answer = await SendAsync(sender, new Uri(receiver.Url, "/hook").ToString());

        answer.Error.ShouldBeEmpty();
        hanging.ShouldAllBe(h => !h.IsCompleted);
        await enough.CancelAsync();
        foreach (var hung in hanging) await Should.ThrowAsync<OperationCanceledException>(hung);
    }

    private static Task<WebhookAnswer> SendAsync(WebhookSender sender, string url, CancellationToken? ct = null) => sender.SendAsync(
        new()
        {
            Id = "wh_1",
            TenantId = "default",
            Url = url,
            Topics = [WebhookTopic.Version],
            AllowPrivate = true,
            State = WebhookState.Active,
            Reason = "",
            Position = 0,
            Failures = 0,
            CreatedAt = DateTimeOffset.UnixEpoch,
            RequestDigest = "",
        }, "msg_1", new byte[32], "{}"u8.ToArray(), ct ?? Stop);
}
